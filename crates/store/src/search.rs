//! Search by bigrams that the shop makes itself ([`domain::text::bigrams`]): both databases find the same.
//!
//! Full-text engines cut Japanese at spaces, or at three characters, and then do not find 蜂蜜. Here each pair of
//! characters, and each single one, is a token, written as code points so that no tokeniser can cut it
//! (`u8702u871c`). A query finds the products that contain all its tokens, best match in the name first.

use crate::{
    Error, Tx,
    catalog::{ProductCard, card_columns, read_card},
    product::Product,
    sql::{each, statements},
    value::params,
};
use domain::{ProductId, text};
use std::fmt::Write;

/// The longest query, in characters; what is beyond is not looked for.
pub const QUERY_CHARS_MAX: usize = 60;
/// The most products that one search gives.
pub const HITS_MAX: u32 = 60;
/// The most different tokens of one indexed text.
const TOKENS_MAX: usize = 20_000;

statements! {
    // SQLite's full-text table can find a row by number only; PostgreSQL has no use for the number.
    REMOVE = each("delete from product_search where rowid = $1 and product_id = $2",
        "delete from product_search where cast($1 as bigint) is not null and product_id = $2");
    INSERT = each(
        "insert into product_search (rowid, product_id, title, body) values ($1, $2, $3, $4)",
        "insert into product_search (product_id, title, body, words)
           select $2, $3, $4, setweight(to_tsvector('simple', $3), 'A') || setweight(to_tsvector('simple', $4), 'D')
           where cast($1 as bigint) is not null");
    // The best ones first, then what their cards show: not the other way round.
    FIND = each(
        concat!("select ", card_columns!(), " from (
             select f.product_id as id, bm25(product_search, 0.0, 10.0, 1.0) as score
             from product_search f join product q on q.id = f.product_id
             where product_search match $1 and q.status = 'active' order by score, q.position, q.id limit $2
           ) hit join product p on p.id = hit.id join category c on c.id = p.category_id
           order by hit.score, p.position, p.id"),
        concat!("select ", card_columns!(), " from (
             select f.product_id as id, ts_rank(f.words, to_tsquery('simple', $1)) as score
             from product_search f join product q on q.id = f.product_id
             where f.words @@ to_tsquery('simple', $1) and q.status = 'active'
             order by score desc, q.position, q.id limit $2
           ) hit join product p on p.id = hit.id join category c on c.id = p.category_id
           order by hit.score desc, p.position, p.id"));
}

/// Pairs and single characters of `text`, as tokens.
fn tokens(text: &str) -> Vec<String> {
    let pairs = text::bigrams(text);
    let mut out = Vec::with_capacity(pairs.len() * 2);
    let mut seen = std::collections::HashSet::new();
    for pair in pairs.into_iter().take(TOKENS_MAX) {
        if pair.chars().count() > 1 {
            for c in pair.chars() {
                if seen.insert(c) {
                    out.push(token(c.encode_utf8(&mut [0; 4])));
                }
            }
        }
        out.push(token(&pair));
    }
    out
}

/// What a query looks for: its pairs, and single characters that stand alone.
fn wanted(query: &str) -> Vec<String> {
    let query: String = query.chars().take(QUERY_CHARS_MAX).collect();
    let mut wanted: Vec<String> = text::bigrams(&query).iter().map(|b| token(b)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

fn token(chars: &str) -> String {
    chars.chars().fold(String::new(), |mut out, c| {
        let _ = write!(out, "u{:04x}", c as u32);
        out
    })
}

/// The lower half of the id: as good as unique, and refused by the database where it is not.
fn row_number(product: ProductId) -> i64 {
    (product.0.as_u128() as u64).cast_signed()
}

/// Makes a product findable under its present texts. `category_names` are searched too.
///
/// # Errors
/// As every database call.
pub fn index(tx: &mut Tx<'_>, p: &Product, category_names: &[&str]) -> Result<(), Error> {
    let title = tokens(&format!("{} {}", p.name_ja, p.name_en)).join(" ");
    let body = [&p.lead_ja, &p.lead_en, &p.ingredients_ja, &p.ingredients_en].map(String::as_str);
    let body = [&body[..], category_names].concat().join(" ");
    let body = tokens(&body).join(" ");
    remove(tx, p.id)?;
    tx.exec(&INSERT, params![row_number(p.id), p.id, title, body]).map(|_| ())
}

/// Takes a product out of the index.
///
/// # Errors
/// As every database call.
pub fn remove(tx: &mut Tx<'_>, product: ProductId) -> Result<(), Error> {
    tx.exec(&REMOVE, params![row_number(product), product]).map(|_| ())
}

/// The products that contain all of `query`, best first, at most `limit` and [`HITS_MAX`]; none for a query without
/// letters, digits or characters.
///
/// # Errors
/// As every database call.
pub fn find(tx: &mut Tx<'_>, query: &str, limit: u32) -> Result<Vec<ProductCard>, Error> {
    let wanted = wanted(query);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // Tokens are made of u and hexadecimal digits only: nothing in them can be read as an operator.
    let all = wanted.join(if tx.is_sqlite() { " AND " } else { " & " });
    tx.rows(&FIND, params![all, limit.min(HITS_MAX)], read_card)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_plain() {
        assert_eq!(wanted("蜂蜜"), ["u8702u871c"]);
        assert_eq!(wanted("栗"), ["u6817"]);
        assert!(wanted(" \" OR * -- ").iter().all(|t| t.bytes().all(|b| b == b'u' || b.is_ascii_hexdigit())));
        assert!(wanted("？！").is_empty());
        assert!(wanted(&"栗の実".repeat(1_000)).len() <= QUERY_CHARS_MAX);
    }
}
