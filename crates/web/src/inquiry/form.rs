//! The form of an inquiry: the same for the public and for staff who write down a call.

use crate::{
    form::Fields,
    view::{Choice, Field, Texts},
};
use domain::{
    CaseId, Locale, PersonId,
    inquiry::{Asker, CaseState, Level, Reach, Via},
    person::{self, EMAIL_BYTES_MAX, Invalid, NAME_CHARS_MAX, Personal},
};
use inquiry::{rhythm, words};
use site::inquiry::WORDS_CHARS_MAX;
use store::{Millis, case::Case};
use uuid::Uuid;
use vault_api::{Column, IndexAsk, IndexField, Place, Plain, SealItem, SealedItem};

/// What was typed, checked. Personal: no `Debug`.
pub struct Typed {
    asker: Asker,
    level: Level,
    reach: Reach,
    mail: Option<Personal>,
    name: Option<Personal>,
    phone: Option<Personal>,
    body: Personal,
    had_card: bool,
}

/// What is handed to the vault.
pub(super) struct Sealing {
    pub id: Uuid,
    pub person: Uuid,
    pub columns: Vec<Column>,
    pub items: Vec<SealItem>,
}

impl Typed {
    /// Reads the form; else what is wrong, with its field. Nothing here looks at what is recorded.
    ///
    /// # Errors
    /// Each fault with the field that it belongs to.
    pub fn read(t: &Texts, fields: &Fields) -> Result<Typed, Vec<(&'static str, String)>> {
        let mut errors = Vec::new();
        let level = fields.get("level").parse().unwrap_or(Level::Concerned);
        let asker = fields.get("asker").parse().unwrap_or(Asker::Customer);
        let reach = fields.get("reach").parse().unwrap_or(Reach::Mail);
        let mut optional =
            |name: &'static str, label, read: fn(&str) -> Result<Personal, Invalid>| match fields
                .get(name)
                .trim()
            {
                "" => None,
                typed => read(typed).map_err(|why| errors.push((name, t.invalid(t.s(label), why)))).ok(),
            };
        let mail = optional("email", "field-email", person::email);
        let name = optional("name", "field-name", person::name_line);
        let phone = optional("phone", "field-phone", person::phone);
        let typed = fields.get("message");
        let body = person::free_text(typed, WORDS_CHARS_MAX)
            .map_err(|why| errors.push(("message", t.invalid(t.s("inquiry-message"), why))))
            .unwrap_or_default();
        // Only customers are found by what they give; of others staff finds out.
        let missing = |name: &str| fields.get(name).trim().is_empty();
        let mut need = |name: &'static str, label| {
            errors.push((name, t.invalid(t.s(label), Invalid::Missing)));
        };
        match level {
            Level::Concerned if missing("email") => need("email", "field-email"),
            Level::Card => {
                if missing("name") {
                    need("name", "field-name");
                }
                if missing("email") && missing("phone") {
                    need("email", "field-email");
                }
            }
            Level::Concerned => {}
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let had_card = words::had_card(body.reveal());
        let body = Personal::new(words::own(body.reveal()));
        Ok(Typed { asker, level, reach, mail, name, phone, body, had_card })
    }

    pub(super) fn sealing(&self) -> Sealing {
        let (id, person) = (Uuid::now_v7(), Uuid::now_v7());
        let item = |column, text: &Personal, index: Option<IndexField>| SealItem {
            place: Place::new(column, id, person),
            plaintext: Plain::new(text.reveal()),
            create_person: true,
            index: index.map(|field| IndexAsk::new(field, text.reveal())).into_iter().collect(),
        };
        let mut items = vec![item(Column::CaseBody, &self.body, None)];
        for (column, text, field) in [
            (Column::CaseMail, &self.mail, IndexField::Email),
            (Column::CaseName, &self.name, IndexField::Name),
            (Column::CasePhone, &self.phone, IndexField::Phone),
        ] {
            items.extend(text.as_ref().map(|text| item(column, text, Some(field))));
        }
        Sealing { id, person, columns: items.iter().map(|i| i.place.column).collect(), items }
    }
}

/// The row of an inquiry; `None` where the vault gave back another number of fields.
pub(super) fn case(
    typed: &Typed,
    (locale, via): (Locale, Via),
    columns: &[Column],
    (id, person): (Uuid, Uuid),
    sealed: Vec<SealedItem>,
    now: Millis,
) -> Option<Case> {
    if sealed.len() != columns.len() {
        return None;
    }
    let of = |column| columns.iter().position(|c| *c == column).map(|at| sealed[at].clone());
    let bytes = |item: &Option<SealedItem>| item.as_ref().map(|i| i.sealed.clone().into_bytes().into());
    let index = |item: &Option<SealedItem>| item.as_ref().and_then(|i| Some(i.index.first()?.0.into()));
    let (mail, name, phone) = (of(Column::CaseMail), of(Column::CaseName), of(Column::CasePhone));
    Some(Case {
        id: CaseId(id),
        person: PersonId(person),
        via,
        asker: typed.asker,
        level: typed.level,
        reach: typed.reach,
        state: CaseState::Received,
        locale,
        mail: bytes(&mail),
        name: bytes(&name),
        phone: bytes(&phone),
        body: bytes(&of(Column::CaseBody))?,
        mail_index: index(&mail),
        name_index: index(&name),
        phone_index: index(&phone),
        had_card: typed.had_card,
        needs: String::new(),
        topic: None,
        round_at: rhythm::round_of(now),
        received_at: now,
        updated_at: now,
    })
}

/// The fields as they are drawn.
pub fn fields(t: &Texts, typed: &Fields, errors: &[(&'static str, String)]) -> Vec<Field> {
    let error = |name: &str| errors.iter().find(|(n, _)| *n == name).map(|(_, e)| e.clone());
    let line = |name: &'static str, label: &str, max| {
        Field::line(name, t.s(label), typed.get(name), max).error(error(name))
    };
    let choices = |family: &str, words: Vec<&'static str>, name: &str| {
        words.into_iter().map(|w| Choice::new(w, t.w(family, w), typed.get(name))).collect()
    };
    let levels = choices("inquiry-level", Level::ALL.iter().map(|w| w.word()).collect(), "level");
    let askers = choices("inquiry-asker", Asker::ALL.iter().map(|w| w.word()).collect(), "asker");
    let reaches = choices("inquiry-reach", Reach::ALL.iter().map(|w| w.word()).collect(), "reach");
    vec![
        line("level", "inquiry-level", 20).select(levels).hint(t.s("inquiry-level-hint")),
        line("asker", "inquiry-asker", 20).select(askers).wide("half"),
        line("reach", "inquiry-reach", 20).select(reaches).wide("half"),
        line("email", "inquiry-email", EMAIL_BYTES_MAX)
            .of_type("email")
            .auto("email", "email")
            .hint(t.s("inquiry-email-hint"))
            .depends(),
        line("name", "inquiry-name", NAME_CHARS_MAX)
            .auto("name", "")
            .hint(t.s("inquiry-name-hint"))
            .depends()
            .wide("half"),
        line("phone", "inquiry-phone", 30)
            .of_type("tel")
            .auto("tel", "tel")
            .hint(t.s("inquiry-phone-hint"))
            .depends()
            .wide("half"),
        line("message", "inquiry-message", WORDS_CHARS_MAX).lines(5).optional(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> Result<Typed, Vec<&'static str>> {
        let typed = Typed::read(Texts::of(Locale::Ja), &Fields::of(pairs.iter().copied()));
        typed.map_err(|errors| errors.iter().map(|(name, _)| *name).collect())
    }

    #[test]
    fn each_level_asks_for_what_it_needs() {
        assert_eq!(read(&[("level", "concerned")]).err(), Some(vec!["email"]));
        assert!(read(&[("level", "concerned"), ("email", "a@example.jp")]).is_ok());
        assert_eq!(read(&[("level", "card"), ("email", "a@example.jp")]).err(), Some(vec!["name"]));
        assert_eq!(read(&[("level", "card"), ("name", "山野 栗子")]).err(), Some(vec!["email"]));
        assert!(read(&[("level", "card"), ("name", "山野 栗子"), ("phone", "0263-11-2233")]).is_ok());
        assert_eq!(read(&[("level", "concerned"), ("email", "a")]).err(), Some(vec!["email"]));
    }

    #[test]
    fn card_numbers_are_taken_out_before_anything_is_kept() {
        let typed = read(&[("email", "a@example.jp"), ("message", "番号は4242 4242 4242 4242です")]);
        let typed = typed.unwrap_or_else(|e| panic!("{e:?}"));
        assert!(typed.had_card && !typed.body.reveal().contains("4242 4242"));
    }
}
