//! Templates that no manifest can be derived from.

use super::*;

fn with(template: &'static str) -> Result<Manifest, DeriveError> {
    let all = [
        ("page.html", template),
        ("layout.html", "<!DOCTYPE html><html>{% block content %}{% endblock %}</html>"),
    ];
    let sources = Sources {
        templates: &all,
        pages: |_| &[],
        faults: ["page.html", "page.html"],
        markup: &[],
        words: [("known".to_owned(), ["知".to_owned(), "known".to_owned()])].into(),
        files: Vec::new(),
        headers: BTreeMap::new(),
        notices: BTreeMap::new(),
    };
    derive(sources)
}

#[test]
fn what_has_no_rule_is_an_error_and_names_the_template() {
    for template in [
        "<p>{{ x }}",
        "{% if a %}<p>{% endif %}</p>",
        "<p></div>",
        "<p onclick=\"x()\"></p>",
        "<p style=\"x\"></p>",
        "<p title=\"{{ x }}\"></p>",
        "<input placeholder=\"{{ x }}\">",
        "<script src=\"{{ x }}\"></script>",
        "<script src=\"{{ crate::assets::url(\"none.js\") }}\"></script>",
        "<link href=\"{{ x }}\">",
        "<iframe src=\"{{ x }}\"></iframe>",
        "<!-- x -->",
        "<p>{{ t.s(\"unknown\") }}</p>",
        "{% include \"none.html\" %}",
        "{% include \"page.html\" %}",
        "{% extends \"none.html\" %}",
        "{% extends \"layout.html\" %}{% block other %}{% endblock %}",
        "{% extends \"layout.html\" %}<p></p>",
        "{% macro x() %}{% endmacro %}",
        "<p {{ x }}></p>",
        "<p class=\"{% for x in y %}a{% endfor %}\"></p>",
    ] {
        let error = with(template).map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("templates/"), "{template}: {error}");
    }
    assert!(with("<p>{{ t.s(\"known\") }}{{ x }}</p>").is_ok());
}
