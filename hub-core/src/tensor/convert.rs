//! What becomes a tensor by itself: numbers, strings, vectors, slices, arrays and arrays of arrays.

use super::element::Element;
use super::tensor::Tensor;

impl<T: Element> From<T> for Tensor {
    fn from(value: T) -> Tensor {
        Tensor::scalar(value)
    }
}

impl<T: Element> From<Vec<T>> for Tensor {
    fn from(values: Vec<T>) -> Tensor {
        Tensor::vector(values)
    }
}

impl<T: Element> From<&[T]> for Tensor {
    fn from(values: &[T]) -> Tensor {
        Tensor::vector(values.to_vec())
    }
}

impl<T: Element, const N: usize> From<[T; N]> for Tensor {
    fn from(values: [T; N]) -> Tensor {
        Tensor::vector(values.to_vec())
    }
}

impl<T: Element, const N: usize, const M: usize> From<[[T; M]; N]> for Tensor {
    fn from(rows: [[T; M]; N]) -> Tensor {
        Tensor::vector(rows.concat()).with_shape(&[N, M])
    }
}

impl From<&Tensor> for Tensor {
    fn from(tensor: &Tensor) -> Tensor {
        tensor.clone()
    }
}

impl From<&str> for Tensor {
    fn from(text: &str) -> Tensor {
        Tensor::of_strings(&[], vec![text.into()])
    }
}

impl From<String> for Tensor {
    fn from(text: String) -> Tensor {
        Tensor::of_strings(&[], vec![text.into_bytes()])
    }
}

impl<const N: usize> From<[&str; N]> for Tensor {
    fn from(texts: [&str; N]) -> Tensor {
        Tensor::of_strings(&[N], texts.iter().map(|text| text.as_bytes().to_vec()).collect())
    }
}

impl From<&[&str]> for Tensor {
    fn from(texts: &[&str]) -> Tensor {
        Tensor::of_strings(&[texts.len()], texts.iter().map(|text| text.as_bytes().to_vec()).collect())
    }
}

impl From<Vec<String>> for Tensor {
    fn from(texts: Vec<String>) -> Tensor {
        Tensor::of_strings(&[texts.len()], texts.into_iter().map(String::into_bytes).collect())
    }
}

impl From<&[String]> for Tensor {
    fn from(texts: &[String]) -> Tensor {
        Tensor::of_strings(&[texts.len()], texts.iter().map(|text| text.clone().into_bytes()).collect())
    }
}
