//! A layer of one's own without its path.

use hub_layers::Dense as Scores;
use hub_layers::model;

fn main() {
    let _ = model!(< Scores(10) >);
    let _ = model!(< self::Scores(10) >);
}
