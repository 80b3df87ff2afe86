//! The demo shop 栗鼠堂 (Risudo, fictional): its goods, and three years of made-up customers and orders.

pub mod catalogue;
pub mod chance;
pub mod history;
pub mod people;
