//! What becomes of an element, by its name.

/// What the sanitizer does with a start tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Printed, with what is inside.
    Keep,
    /// Printed as `<br/>`; it has no inside.
    KeepVoid,
    /// Printed without an inside where its address is a player's, otherwise dropped. What is inside never is markup to a browser.
    Frame,
    /// Not printed; what is inside is.
    Unwrap,
    /// Neither it nor what is inside is printed.
    Drop,
    /// Not printed, and it has no inside.
    DropVoid,
    /// As [`Action::Drop`]; what is inside is program text, read up to its own end tag.
    DropScript,
    /// As [`Action::DropScript`], for text that knows no character references.
    DropRawText,
    /// As [`Action::DropScript`], for text with character references.
    DropReferenceText,
}

/// The vocabulary that an element belongs to; attributes are allowed by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// HTML.
    Html,
    /// The still part of SVG.
    Svg,
    /// MathML Core.
    Math,
}

/// What is known of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// What the sanitizer does with it.
    pub(super) action: Action,
    /// Its vocabulary.
    pub(super) family: Family,
    /// Whether it begins a new line when shown; the plain text of an article is broken there.
    pub(super) is_block: bool,
}

/// What is known of the element of this name, in lower case. Whatever is not known is unwrapped: its text is the publisher's, its behaviour is
/// nobody's.
pub(super) fn element(name: &str) -> Element {
    match ELEMENTS.binary_search_by(|(known, _)| (*known).cmp(name)) {
        Ok(at) => ELEMENTS[at].1,
        Err(_) => Element { action: Action::Unwrap, family: Family::Html, is_block: false },
    }
}

/// Known only as something.
const fn does(action: Action) -> Element {
    Element { action, family: Family::Html, is_block: false }
}

/// Kept, within a line.
const HTML: Element = does(Action::Keep);
/// Kept, on a line of its own.
const BLOCK: Element = Element { is_block: true, ..HTML };
/// Kept, without an inside.
const VOID: Element = does(Action::KeepVoid);
/// Kept, without an inside, a line break.
const BREAK: Element = Element { is_block: true, ..VOID };
const SVG: Element = Element { family: Family::Svg, ..HTML };
const MATH: Element = Element { family: Family::Math, ..HTML };
/// A document of its own, raw text to one parser and markup to another, an island where HTML begins anew inside SVG and MathML, what runs or
/// changes other elements by itself, a form control: an article asks for nothing.
const DROP: Element = does(Action::Drop);
const DROP_VOID: Element = does(Action::DropVoid);

/// The elements that real articles are made of, obsolete ones included (what is shown by them is still being read), and those that are known
/// to be none of an article. Sorted by name.
const ELEMENTS: &[(&str, Element)] = &[
    ("a", HTML),
    ("abbr", HTML),
    ("acronym", HTML),
    ("address", BLOCK),
    ("animate", DROP),
    ("animatecolor", DROP),
    ("animatemotion", DROP),
    ("animatetransform", DROP),
    ("annotation", MATH),
    ("annotation-xml", DROP),
    ("applet", DROP),
    ("area", VOID),
    ("article", BLOCK),
    ("aside", BLOCK),
    ("audio", HTML),
    ("b", HTML),
    ("base", DROP_VOID),
    ("basefont", DROP_VOID),
    ("bdi", HTML),
    ("bdo", HTML),
    ("bgsound", DROP_VOID),
    ("big", HTML),
    ("blockquote", BLOCK),
    ("br", BREAK),
    ("button", DROP),
    ("caption", BLOCK),
    ("center", BLOCK),
    ("circle", SVG),
    ("cite", HTML),
    ("clippath", SVG),
    ("code", HTML),
    ("col", VOID),
    ("colgroup", HTML),
    ("command", DROP_VOID),
    ("data", HTML),
    ("datalist", DROP),
    ("dd", BLOCK),
    ("defs", SVG),
    ("del", HTML),
    ("desc", DROP),
    ("details", BLOCK),
    ("dfn", HTML),
    ("dir", BLOCK),
    ("div", BLOCK),
    ("dl", BLOCK),
    ("dt", BLOCK),
    ("ellipse", SVG),
    ("em", HTML),
    ("embed", DROP_VOID),
    ("figcaption", BLOCK),
    ("figure", BLOCK),
    ("font", HTML),
    ("footer", BLOCK),
    ("foreignobject", DROP),
    ("form", Element { is_block: true, ..does(Action::Unwrap) }),
    ("frame", DROP_VOID),
    ("g", SVG),
    ("h1", BLOCK),
    ("h2", BLOCK),
    ("h3", BLOCK),
    ("h4", BLOCK),
    ("h5", BLOCK),
    ("h6", BLOCK),
    ("handler", DROP),
    ("header", BLOCK),
    ("hgroup", BLOCK),
    ("hr", BREAK),
    ("i", HTML),
    ("iframe", does(Action::Frame)),
    ("image", DROP_VOID),
    ("img", VOID),
    ("input", DROP_VOID),
    ("ins", HTML),
    ("isindex", DROP_VOID),
    ("kbd", HTML),
    ("keygen", DROP_VOID),
    ("li", BLOCK),
    ("line", SVG),
    ("lineargradient", SVG),
    ("link", DROP_VOID),
    ("listener", DROP),
    ("maction", DROP),
    ("main", BLOCK),
    ("map", HTML),
    ("mark", HTML),
    ("marker", SVG),
    ("mask", SVG),
    ("math", MATH),
    ("menclose", MATH),
    ("menu", BLOCK),
    ("menuitem", DROP_VOID),
    ("merror", MATH),
    ("meta", DROP_VOID),
    ("metadata", DROP),
    ("mfenced", MATH),
    ("mfrac", MATH),
    ("mi", MATH),
    ("mlabeledtr", MATH),
    ("mmultiscripts", MATH),
    ("mn", MATH),
    ("mo", MATH),
    ("mover", MATH),
    ("mpadded", MATH),
    ("mphantom", MATH),
    ("mprescripts", MATH),
    ("mroot", MATH),
    ("mrow", MATH),
    ("ms", MATH),
    ("mspace", MATH),
    ("msqrt", MATH),
    ("mstyle", MATH),
    ("msub", MATH),
    ("msubsup", MATH),
    ("msup", MATH),
    ("mtable", MATH),
    ("mtd", MATH),
    ("mtext", MATH),
    ("mtr", MATH),
    ("munder", MATH),
    ("munderover", MATH),
    ("nav", BLOCK),
    ("nextid", DROP_VOID),
    ("nobr", HTML),
    ("noembed", DROP),
    ("noframes", DROP),
    ("none", MATH),
    ("noscript", HTML),
    ("ol", BLOCK),
    ("optgroup", DROP),
    ("option", DROP),
    ("p", BLOCK),
    ("param", DROP_VOID),
    ("path", SVG),
    ("pattern", SVG),
    ("picture", HTML),
    ("polygon", SVG),
    ("polyline", SVG),
    ("pre", BLOCK),
    ("q", HTML),
    ("radialgradient", SVG),
    ("rb", HTML),
    ("rect", SVG),
    ("rp", HTML),
    ("rt", HTML),
    ("rtc", HTML),
    ("ruby", HTML),
    ("s", HTML),
    ("samp", HTML),
    ("script", does(Action::DropScript)),
    ("search", HTML),
    ("section", BLOCK),
    ("select", DROP),
    ("semantics", MATH),
    ("set", DROP),
    ("small", HTML),
    ("source", VOID),
    ("spacer", DROP_VOID),
    ("span", HTML),
    ("stop", SVG),
    ("strike", HTML),
    ("strong", HTML),
    ("style", does(Action::DropRawText)),
    ("sub", HTML),
    ("summary", BLOCK),
    ("sup", HTML),
    ("svg", SVG),
    ("symbol", SVG),
    ("table", BLOCK),
    ("tbody", HTML),
    ("td", BLOCK),
    ("template", DROP),
    ("text", SVG),
    ("textarea", does(Action::DropReferenceText)),
    ("tfoot", HTML),
    ("th", BLOCK),
    ("thead", HTML),
    ("time", HTML),
    ("title", DROP),
    ("tr", BLOCK),
    ("track", VOID),
    ("tspan", SVG),
    ("tt", HTML),
    ("u", HTML),
    ("ul", BLOCK),
    ("use", SVG),
    ("var", HTML),
    ("video", HTML),
    ("wbr", VOID),
    ("xmp", does(Action::DropRawText)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_names() {
        assert!(ELEMENTS.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!((element("p"), element("br").action, element("script").action), (BLOCK, Action::KeepVoid, Action::DropScript));
        assert_eq!((element("form"), element("x-y").action), (Element { is_block: true, ..does(Action::Unwrap) }, Action::Unwrap));
        assert_eq!((element("mrow").family, element("path").family), (Family::Math, Family::Svg));
    }
}
