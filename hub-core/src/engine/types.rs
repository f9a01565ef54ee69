//! The element types by their three names: ours, the `tensorflow` crate's, the C interface's.

use tensorflow::DataType;
use tensorflow_sys_runtime as c;

use crate::dtype::DType;

macro_rules! same_types {
    ($($ours:ident = $number:literal = $theirs:ident = $c:ident),* $(,)?) => {
        /// The C interface's name of an element type.
        pub(super) fn c_type(dtype: DType) -> c::TF_DataType {
            match dtype { $(DType::$ours => c::TF_DataType::$c,)* }
        }

        /// Our name of one of the crate's element types; `None` for those that nothing here can hold.
        pub(crate) fn dtype_of(theirs: DataType) -> Option<DType> {
            match theirs { $(DataType::$theirs => Some(DType::$ours),)* _ => None }
        }

        /// The crate's element type with this number.
        pub(super) const fn crate_type(number: u32) -> DataType {
            match number { $($number => DataType::$theirs,)* other => DataType::UnrecognizedEnumValue(other) }
        }
    };
}

same_types! {
    F32 = 1 = Float = TF_FLOAT,
    F64 = 2 = Double = TF_DOUBLE,
    I32 = 3 = Int32 = TF_INT32,
    U8 = 4 = UInt8 = TF_UINT8,
    I16 = 5 = Int16 = TF_INT16,
    I8 = 6 = Int8 = TF_INT8,
    String = 7 = String = TF_STRING,
    Complex64 = 8 = Complex64 = TF_COMPLEX64,
    I64 = 9 = Int64 = TF_INT64,
    Bool = 10 = Bool = TF_BOOL,
    QInt8 = 11 = QInt8 = TF_QINT8,
    QUInt8 = 12 = QUInt8 = TF_QUINT8,
    QInt32 = 13 = QInt32 = TF_QINT32,
    BF16 = 14 = BFloat16 = TF_BFLOAT16,
    QInt16 = 15 = QInt16 = TF_QINT16,
    QUInt16 = 16 = QUInt16 = TF_QUINT16,
    U16 = 17 = UInt16 = TF_UINT16,
    Complex128 = 18 = Complex128 = TF_COMPLEX128,
    F16 = 19 = Half = TF_HALF,
    Resource = 20 = Resource = TF_RESOURCE,
    Variant = 21 = Variant = TF_VARIANT,
    U32 = 22 = UInt32 = TF_UINT32,
    U64 = 23 = UInt64 = TF_UINT64,
}
