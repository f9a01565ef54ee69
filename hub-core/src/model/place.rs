//! Where in a call's arguments something stands; written out only where a message needs it.

use std::fmt;

/// A place in the arguments, part by part from the outside.
pub(super) struct Place<'p> {
    pub(super) within: Option<&'p Place<'p>>,
    pub(super) part: Part<'p>,
}

pub(super) enum Part<'p> {
    Whole(&'static str),
    Argument(usize, Option<&'p str>),
    Item(usize),
    Field(&'p str),
    Key(&'p str),
}

impl<'p> Place<'p> {
    pub(super) fn whole(words: &'static str) -> Place<'p> {
        Place { within: None, part: Part::Whole(words) }
    }

    pub(super) fn part(&'p self, part: Part<'p>) -> Place<'p> {
        Place { within: Some(self), part }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(within) = self.within {
            within.fmt(f)?;
        }
        match self.part {
            Part::Whole(words) => f.write_str(words),
            Part::Argument(_, Some(name)) => write!(f, "`{name}`"),
            Part::Argument(index, None) => write!(f, "argument {index}"),
            Part::Item(index) => write!(f, "[{index}]"),
            Part::Field(name) => write!(f, ".{name}"),
            Part::Key(key) => write!(f, "[\"{key}\"]"),
        }
    }
}
