//! The ops that reach beyond the graph: what they may do, and where they may stand all the same.
//!
//! The table is of TensorFlow 2.21's registry, read op by op; names that are not in it compute.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::Serialize;

/// What an op may do beyond computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OpClass {
    /// Reads a file that an input or an attribute names.
    ReadsFile,
    /// Reads a checkpoint.
    ReadsCheckpoint,
    /// Fills a table from a file.
    FillsTable,
    /// Writes a checkpoint, or removes its parts.
    WritesCheckpoint,
    /// Writes a file.
    WritesFile,
    /// Writes what other ops compute to a file or a server.
    WritesDebugDump,
    /// Is a dataset that reads files.
    ReadsDataset,
    /// Is a dataset that writes files.
    WritesDataset,
    /// Runs a graph or a program that is inside a value.
    HidesGraph,
    /// Talks to other machines or devices.
    Network,
    /// Runs code of the process that loads the model.
    HostCode,
    /// Acts on the process: ends it, changes its settings, prints, waits, starts threads.
    Process,
    /// Is not among the ops that are known to compute only.
    Unlisted,
    /// Is no op of TensorFlow.
    Unknown,
}

/// One row of the table: ops of a kind.
pub(super) struct Row {
    pub(super) class: OpClass,
    /// What they may do, after the op's name.
    pub(super) what: &'static str,
    pub(super) rule: Rule,
    pub(super) ops: &'static [&'static str],
}

/// When an op is refused.
pub(super) enum Rule {
    /// Always, from `Standard` on.
    Always,
    /// By `Strict` alone.
    Strictly,
    /// By `Standard` unless this attribute has a harmless value or is left out, by `Strict` always.
    Attribute(&'static str, fn(&[u8]) -> bool),
    /// By `Standard` unless this input is a constant empty text, by `Strict` always.
    NamesFile(usize),
    /// Unless only what the saver saves with leads to it.
    SaverSaves,
    /// Unless only what the saver restores with leads to it, and the checkpoint's name is the saver's.
    SaverRestores,
    /// Unless this input is an asset.
    Asset(usize),
    /// By `Standard` unless this input is an asset, by `Strict` always.
    AssetButStrictly(usize),
}

use OpClass::*;
use Rule::*;

const fn row(class: OpClass, what: &'static str, rule: Rule, ops: &'static [&'static str]) -> Row {
    Row { class, what, rule, ops }
}

/// The names of the console's streams, and of TensorFlow's log.
fn is_console(stream: &[u8]) -> bool {
    matches!(stream, b"" | b"stdout" | b"stderr" | b"log(info)" | b"log(warning)" | b"log(error)")
}

/// Descriptors of protobuf messages that are in the attribute, or in the library.
fn is_no_path(source: &[u8]) -> bool {
    source.is_empty() || source == b"local://" || source.starts_with(b"bytes://")
}

/// Nothing is named.
fn is_empty(name: &[u8]) -> bool {
    name.is_empty()
}

#[rustfmt::skip]
pub(super) static ROWS: &[Row] = &[
    row(ReadsFile, "reads a file that is no asset of the model", AssetButStrictly(0), &["ReadFile"]),
    row(ReadsFile, "reads a file that the model names", Always, &[
        "MatchingFiles", "WholeFileReader", "WholeFileReaderV2", "TextLineReader", "TextLineReaderV2",
        "FixedLengthRecordReader", "FixedLengthRecordReaderV2", "TFRecordReader", "TFRecordReaderV2", "LMDBReader",
        "IdentityReader", "IdentityReaderV2", "ReaderRead", "ReaderReadV2", "ReaderReadUpTo", "ReaderReadUpToV2",
        "ReaderRestoreState", "ReaderRestoreStateV2", "LoadAndRemapMatrix", "GenerateVocabRemapping",
    ]),
    row(ReadsFile, "reads the file in its attribute", Always, &["ImmutableConst", "RecordInput", "Skipgram"]),
    row(ReadsFile, "reads the file in its attribute `vocab_file`", Attribute("vocab_file", is_empty), &[
        "FixedUnigramCandidateSampler",
    ]),
    row(ReadsFile, "reads the file in its attribute `descriptor_source`", Attribute("descriptor_source", is_no_path), &[
        "DecodeProtoV2", "EncodeProto",
    ]),
    row(ReadsCheckpoint, "reads a checkpoint that is not the model's own", SaverRestores, &[
        "Restore", "RestoreSlice", "RestoreV2", "DTensorRestoreV2",
    ]),
    row(FillsTable, "reads a file that is no asset of the model", Asset(1), &[
        "InitializeTableFromTextFile", "InitializeTableFromTextFileV2",
    ]),
    row(FillsTable, "fills a table from a dataset", Strictly, &["InitializeTableFromDataset"]),
    row(WritesCheckpoint, "writes a checkpoint when the model is called", SaverSaves, &[
        "Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints", "ShardedFilename",
    ]),
    row(WritesFile, "writes a file", Always, &[
        "WriteFile", "DumpTensor", "CalibrationStatisticsSaver", "CreateSummaryFileWriter", "CreateSummaryDbWriter",
        "SummaryWriter", "WriteScalarSummary", "WriteHistogramSummary", "WriteImageSummary", "WriteAudioSummary",
        "WriteGraphSummary", "WriteRawProtoSummary", "WriteSummary", "ImportEvent", "FlushSummaryWriter",
        "CloseSummaryWriter", "StatsAggregatorSetSummaryWriter",
    ]),
    row(WritesFile, "prints to a file", Attribute("output_stream", is_console), &["PrintV2"]),
    row(Process, "prints", Strictly, &["Print"]),
    row(WritesDebugDump, "copies tensors to a file or a server", Always, &[
        "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "DebugNanCount", "DebugNumericSummary",
        "DebugNumericSummaryV2", "Copy", "CopyHost",
    ]),
    row(ReadsDataset, "reads files as a dataset", Always, &[
        "TextLineDataset", "TFRecordDataset", "TFRecordDatasetV2", "FixedLengthRecordDataset",
        "FixedLengthRecordDatasetV2", "CSVDataset", "CSVDatasetV2", "ExperimentalCSVDataset", "SqlDataset",
        "ExperimentalSqlDataset", "LMDBDataset", "ExperimentalLMDBDataset", "MatchingFilesDataset",
        "ExperimentalMatchingFilesDataset", "LoadDataset", "ListSnapshotChunksDataset", "SnapshotDatasetReader",
        "SnapshotChunkDataset", "SnapshotNestedDatasetReader",
    ]),
    row(WritesDataset, "writes a dataset to files", Always, &[
        "SaveDataset", "SaveDatasetV2", "SnapshotDataset", "SnapshotDatasetV2", "DatasetToTFRecord",
        "ExperimentalDatasetToTFRecord", "DistributedSave",
    ]),
    row(WritesDataset, "keeps a dataset in a file", NamesFile(1), &["CacheDataset", "CacheDatasetV2"]),
    row(HidesGraph, "runs a graph that is inside a value", Always, &[
        "DatasetFromGraph", "DeserializeIterator", "XlaCallModule", "MlirPassthroughOp", "XlaHostCompute",
        "_XlaHostComputeMlir", "TPUCompile", "_TPUCompileMlir",
    ]),
    row(Network, "talks to other machines", Always, &[
        "RpcServer", "RpcServerStart", "RpcServerRegister", "RpcClient", "RpcCall", "RpcCheckStatus", "RpcGetValue",
        "DataServiceDataset", "DataServiceDatasetV2", "DataServiceDatasetV3", "DataServiceDatasetV4",
        "RegisterDataset", "RegisterDatasetV2", "RemoteCall",
    ]),
    row(Network, "exchanges tensors outside the graph", Always, &[
        "Send", "Recv", "_Send", "_Recv", "_HostSend", "_HostRecv", "XlaSendToHost", "XlaRecvFromHost",
        "_XlaSendFromHost", "_XlaSendFromHostV2", "_XlaRecvAtHost", "_XlaRecvAtHostV2", "CollectiveReduce",
        "CollectiveReduceV2", "CollectiveReduceV3", "CollectiveReduceScatterV2", "CollectiveGather",
        "CollectiveGatherV2", "CollectiveBcastSend", "CollectiveBcastSendV2", "CollectiveBcastRecv",
        "CollectiveBcastRecvV2", "CollectiveAllToAllV2", "CollectiveAllToAllV3", "CollectivePermute",
        "CollectiveInitializeCommunicator", "CollectiveAssignGroupV2", "NcclAllReduce", "NcclReduce", "NcclBroadcast",
        "_NcclReduceSend", "_NcclReduceRecv", "_NcclBroadcastSend", "_NcclBroadcastRecv",
    ]),
    row(HostCode, "runs code of the process that loads it", Always, &[
        "PyFunc", "PyFuncStateless", "EagerPyFunc", "GeneratorDataset", "XlaCustomCall", "XlaCustomCallV2",
        "XlaLaunch", "XlaLaunchV2", "_XlaCompile", "_XlaRun",
    ]),
    row(Process, "ends the process", Always, &["Abort"]),
    row(Process, "changes the settings of the process", Always, &["FileSystemSetConfiguration"]),
    row(Process, "starts threads", Strictly, &[
        "ThreadPoolHandle", "ExperimentalThreadPoolHandle", "Batch", "BatchFunction", "Unbatch",
    ]),
    row(Process, "reads the clock", Strictly, &["Timestamp"]),
    row(Process, "may wait for ever", Strictly, &[
        "Barrier", "BarrierTakeMany", "QueueDequeue", "QueueDequeueV2", "QueueDequeueMany", "QueueDequeueManyV2",
        "QueueDequeueUpTo", "QueueDequeueUpToV2", "QueueEnqueue", "QueueEnqueueV2", "QueueEnqueueMany",
        "QueueEnqueueManyV2",
    ]),
];

/// The row of an op.
pub(super) fn find(op: &str) -> Option<&'static Row> {
    static ROW_OF: OnceLock<HashMap<&'static str, &'static Row>> = OnceLock::new();
    let rows = ROW_OF.get_or_init(|| ROWS.iter().flat_map(|row| row.ops.iter().map(move |op| (*op, row))).collect());
    rows.get(op).copied()
}
