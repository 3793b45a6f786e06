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

/// Decides by the name, in lower case. Whatever is not known is unwrapped: its text is the publisher's, its behaviour is nobody's.
pub(super) fn action(name: &str) -> Action {
    match name {
        "br" | "hr" | "img" | "source" | "track" | "wbr" | "col" | "area" => Action::KeepVoid,
        "iframe" => Action::Frame,
        "script" => Action::DropScript,
        "style" | "xmp" => Action::DropRawText,
        "textarea" => Action::DropReferenceText,
        // Raw text to one parser and markup to another, a document of its own, or an island where HTML begins anew inside SVG and MathML.
        "title" | "noembed" | "noframes" | "template" | "applet" | "foreignobject" | "annotation-xml" | "desc" | "metadata" => Action::Drop,
        // What runs or changes other elements' addresses by itself.
        "animate" | "animatemotion" | "animatetransform" | "animatecolor" | "set" | "handler" | "listener" | "maction" => Action::Drop,
        // Form controls: an article asks for nothing.
        "button" | "select" | "option" | "optgroup" | "datalist" => Action::Drop,
        "base" | "link" | "meta" | "embed" | "param" | "input" | "frame" | "keygen" | "isindex" | "bgsound" | "basefont" | "command"
        | "menuitem" | "nextid" | "spacer" | "image" => Action::DropVoid,
        _ if is_html(name) || family(name) != Family::Html => Action::Keep,
        _ => Action::Unwrap,
    }
}

/// The vocabulary of an element that is kept.
pub(super) fn family(name: &str) -> Family {
    match name {
        "svg" | "g" | "path" | "circle" | "ellipse" | "line" | "polyline" | "polygon" | "rect" | "text" | "tspan" | "defs" | "symbol"
        | "use" | "lineargradient" | "radialgradient" | "stop" | "clippath" | "mask" | "marker" | "pattern" => Family::Svg,
        "math" | "mi" | "mo" | "mn" | "ms" | "mtext" | "mrow" | "mfrac" | "msqrt" | "mroot" | "msub" | "msup" | "msubsup" | "munder"
        | "mover" | "munderover" | "mmultiscripts" | "mprescripts" | "none" | "mtable" | "mtr" | "mtd" | "mlabeledtr" | "mspace"
        | "mpadded" | "mphantom" | "mstyle" | "menclose" | "merror" | "mfenced" | "semantics" | "annotation" => Family::Math,
        _ => Family::Html,
    }
}

/// HTML elements that real articles are made of, obsolete ones included: what is shown by them is still being read.
fn is_html(name: &str) -> bool {
    matches!(
        name,
        "a" | "abbr"
            | "acronym"
            | "address"
            | "article"
            | "aside"
            | "audio"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "blockquote"
            | "caption"
            | "center"
            | "cite"
            | "code"
            | "colgroup"
            | "data"
            | "dd"
            | "del"
            | "details"
            | "dfn"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "em"
            | "figcaption"
            | "figure"
            | "font"
            | "footer"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "i"
            | "ins"
            | "kbd"
            | "li"
            | "main"
            | "map"
            | "mark"
            | "menu"
            | "nav"
            | "nobr"
            | "noscript"
            | "ol"
            | "p"
            | "picture"
            | "pre"
            | "q"
            | "rb"
            | "rp"
            | "rt"
            | "rtc"
            | "ruby"
            | "s"
            | "samp"
            | "search"
            | "section"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "summary"
            | "sup"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "time"
            | "tr"
            | "tt"
            | "u"
            | "ul"
            | "var"
            | "video"
    )
}

/// Whether the element begins a new line when shown; the plain text of an article is broken there.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "br"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "td"
            | "th"
            | "tr"
            | "ul"
    )
}
