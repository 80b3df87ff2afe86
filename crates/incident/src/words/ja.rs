//! Sentences in Japanese.

use super::{Level, Named, Plain, Scalar, Test, Tongue};
use crate::Truth;
use jiff::civil::{Date, DateTime};

/// Polite Japanese, as in a notice.
pub struct Japanese;

impl Tongue for Japanese {
    fn of(&self, ja: &str, _en: &str) -> String {
        ja.to_owned()
    }

    fn day(&self, date: Date) -> String {
        format!("{}年{}月{}日", date.year(), date.month(), date.day())
    }

    fn time(&self, at: DateTime, second: bool) -> String {
        let second = if second { format!("{}秒", at.second()) } else { String::new() };
        format!("{}{}時{}分{second}", self.day(at.date()), at.hour(), at.minute())
    }

    fn month(&self, date: Date) -> String {
        format!("{}年{}月", date.year(), date.month())
    }

    fn year(&self, date: Date) -> String {
        format!("{}年", date.year())
    }

    fn span(&self, from: Option<String>, to: Option<String>) -> String {
        match (from, to) {
            (Some(from), Some(to)) if from == to => from,
            (Some(from), Some(to)) => format!("{from}から{to}まで"),
            (Some(from), None) => format!("{from}以降"),
            (None, Some(to)) => format!("{to}まで"),
            (None, None) => "全期間".to_owned(),
        }
    }

    fn about(&self, time: Option<String>) -> String {
        time.map_or_else(|| "時期不明".to_owned(), |time| format!("{time}(日は不明)"))
    }

    fn between(&self, from: String, to: String) -> String {
        format!("{from}から{to}までの間")
    }

    fn either(&self, all: &[String]) -> String {
        all.join("または")
    }

    fn quote(&self, name: &str) -> String {
        format!("「{name}」")
    }

    fn test(&self, field: &str, test: &Test, values: &dyn Fn(&Scalar) -> String) -> String {
        match test {
            Test::In(all) => {
                format!("{field}が{}", self.either(&all.iter().map(values).collect::<Vec<_>>()))
            }
            Test::AtLeast(limit @ Scalar::Number(_)) => format!("{field}が{}以上", values(limit)),
            Test::AtMost(limit @ Scalar::Number(_)) => format!("{field}が{}以下", values(limit)),
            Test::AtLeast(limit) => format!("{field}が{}以降", values(limit)),
            Test::AtMost(limit) => format!("{field}が{}まで", values(limit)),
            Test::Recorded(true) => format!("{field}が記録されているもの"),
            Test::Recorded(false) => format!("{field}が記録されていないもの"),
        }
    }

    fn not(&self, condition: &str) -> String {
        format!("「{condition}」ではないもの")
    }

    fn together(&self, all: &[String]) -> String {
        all.join("、かつ、")
    }

    fn who_has(&self, events: &Named) -> String {
        // What has no beginning or no end, or is one day, is not between two.
        let within = |t: &String| match t.contains("から") && t.ends_with("まで") {
            true => format!("{t}の間に、"),
            false => format!("{t}に、"),
        };
        let time = events.time.as_ref().map(within).unwrap_or_default();
        let systems = events.systems.as_ref().map(|s| format!("{s}で、")).unwrap_or_default();
        let condition = events.condition.as_ref().map(|c| format!("({c})")).unwrap_or_default();
        let whom = match (events.person, events.recipients) {
            (true, true) => "の記録がある方と、そのお届け先の方",
            (false, true) => "の記録でお届け先となった方",
            _ => "の記録がある方",
        };
        format!("{time}{systems}{}{condition}{whom}", events.kinds)
    }

    fn who_is(&self, all: &[String], but: &[String]) -> String {
        let with = match all {
            [one] => one.clone(),
            several => {
                let each = several.iter().map(|who| self.apart(who));
                format!("{}のすべてに当てはまる方", each.collect::<Vec<_>>().join("、"))
            }
        };
        if but.is_empty() { with } else { format!("{with}(ただし、{}を除きます)", but.join("、")) }
    }

    fn who_is_one_of(&self, all: &[String]) -> String {
        all.join("、または、")
    }

    fn apart(&self, who: &str) -> String {
        format!("『{who}』")
    }

    fn any_of(&self, who: &str) -> String {
        format!("{}に当てはまる方", self.apart(who))
    }

    fn everyone(&self) -> String {
        "記録のあるすべての方".to_owned()
    }

    fn concerned_by(&self, cause: &str) -> String {
        format!("{cause}に該当する方")
    }

    fn described(&self, condition: &str) -> String {
        // What is recorded, or is not so, ends in a noun of its own.
        condition.strip_suffix("もの").map_or_else(|| format!("{condition}の方"), |so| format!("{so}方"))
    }

    fn sentence(&self, who: &str, clock: bool) -> String {
        let days = if clock {
            "(期間は日本時間で、示した日と時刻を含みます)"
        } else if who.contains('年') {
            "(期間は日本時間で、初日と最終日を含みます)"
        } else {
            ""
        };
        format!("{who}{days}")
    }

    fn because(&self, because: &Plain) -> String {
        match because {
            Plain::Everyone => "記録のあるすべての方が対象であるため".to_owned(),
            Plain::Has { kind, received: true, count: 1, first } => {
                format!("{first}の{kind}でお届け先となっているため")
            }
            Plain::Has { kind, received: true, count, first } => {
                format!("{kind}{count}件(最初は{first})でお届け先となっているため")
            }
            Plain::Has { kind, count: 1, first, .. } => format!("{first}に{kind}の記録があるため"),
            Plain::Has { kind, count, first, .. } => {
                format!("{kind}の記録が{count}件(最初は{first})あるため")
            }
            Plain::UnclearTime { kind, when } => {
                format!("{kind}の記録({when})があり、期間の内か外かが分からないため")
            }
            Plain::UnclearSystem { kind } => {
                format!("{kind}の記録があり、対象のシステムのものか分からないため")
            }
            Plain::UnclearField { kind, field } => {
                format!("{kind}の記録があり、{field}が残されていないため")
            }
            Plain::Lost { kind, days } => format!("{days}の{kind}の記録が失われているため"),
            Plain::OfNobody { kinds } => format!("{kinds}の記録に、どなたのものか分からないものがあるため"),
            Plain::NoRecord { kinds, received: true } => {
                format!("{kinds}でお届け先となった記録がないため")
            }
            Plain::NoRecord { kinds, .. } => format!("{kinds}の記録がないため"),
            Plain::Outside { kind, when } => format!("{kind}の記録は{when}のもので、期間の外であるため"),
            Plain::Elsewhere { kind, system } => {
                format!("{kind}の記録は{system}のもので、対象のシステムではないため")
            }
            Plain::Differs { kind, field } => format!("{kind}の{field}が条件と異なるため"),
            Plain::Person { asked, field, fits } => match fits {
                Truth::Yes => format!("{asked}であるため"),
                Truth::Unknown => {
                    format!("{}が記録されていないため", field.as_deref().unwrap_or("登録の内容"))
                }
                Truth::No => format!("{asked}ではないため"),
            },
            Plain::Cause { title, concerns } => match concerns {
                Truth::Yes => format!("{title}に該当するため"),
                Truth::Unknown => format!("{title}に該当する可能性があるため"),
                Truth::No => format!("{title}に該当しないため"),
            },
        }
    }

    fn verdict(&self, reasons: &[String], result: Level, certain: bool) -> String {
        let verdict = match (result, certain) {
            (Level::Confirmed, _) => "漏えいが確認されています。",
            (Level::Possible, true) => "漏えいした可能性があります。",
            (Level::Possible, false) => {
                "対象ではないと言い切れず、漏えいした可能性があるものとして扱います。"
            }
            (Level::None, _) => "対象ではありません。",
        };
        format!("{}、{verdict}", reasons.join("、また"))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Facts, rule_name};

    #[test]
    fn what_has_no_beginning_is_by_its_end_and_what_has_both_is_between_them() {
        for (windows, says) in [
            (r#"{ to = "2026-09-08" }"#, "2026年9月8日までに、"),
            (r#"{ from = "2026-05-20", to = "2026-09-08" }"#, "2026年5月20日から2026年9月8日までの間に、"),
            (r#"{ from = "2026-05-20" }"#, "2026年5月20日以降に、"),
            (r#"{ from = "2026-09-08", to = "2026-09-08" }"#, "2026年9月8日に、"),
        ] {
            let text = format!(
                "format = 1\ntitle = {{ ja = \"題\", en = \"title\" }}\n[[causes]]\nid = \"a\"\nitems = [\"name\"]\n\
                 title = {{ ja = \"題\", en = \"title\" }}\nwindows = [{windows}]\nrule = {{ event = \"registration\" }}\n"
            );
            let facts = Facts::read(&text).unwrap_or_else(|e| panic!("{e}"));
            let said = rule_name(&facts, facts.causes.first(), &facts.causes[0].rule).ja;
            assert!(said.starts_with(says), "{said}");
        }
    }
}
