//! Which attributes an element may keep, and how their values are read.

use super::elements::Family;

/// How the value of an attribute is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// It does not stay.
    No,
    /// Kept as written.
    Plain,
    /// A list of words: kept with single blanks between them.
    Words,
    /// An address that somebody follows.
    Link,
    /// An address that is loaded: the image template is applied to it.
    Source,
    /// An address of a picture beside `src`, such as `poster`: absolute, but direct.
    Picture,
    /// Several pictures to choose from.
    SourceSet,
    /// CSS declarations.
    Style,
    /// Only `#name` in the same article.
    Fragment,
    /// Only these values.
    OneOf(&'static [&'static str]),
    /// The features a player may use.
    Features,
    /// A paint, colour or length of SVG: no address but `url(#name)`.
    Paint,
}

/// Attributes in which pages that load pictures late keep the real address, best first. The goldens' cover rule reads the first.
pub(super) const LAZY_SOURCES: &[&str] = &[
    "data-lazy-src",
    "data-original",
    "data-src",
    "data-actualsrc",
    "data-original-src",
    "data-echo",
    "data-lazyload",
    "data-real-src",
    "data-backsrc",
    "data-ks-lazyload",
    "lazy-src",
    "lazysrc",
    "original",
    "original-src",
    "_src",
    "real_src",
    "zoomfile",
    "file",
];

/// Prefixes of `data-` attributes by which widespread script libraries act on a page: nobody but its owner should give them orders.
const ORDERS: &[&str] = &[
    "data-hx-",
    "data-bs-",
    "data-ng-",
    "data-v-",
    "data-x-",
    "data-on",
    "data-turbo",
    "data-controller",
    "data-action",
    "data-bind",
    "data-toggle",
    "data-target",
    "data-dismiss",
    "data-method",
    "data-remote",
    "data-confirm",
    "data-react",
    "data-alpine",
    "data-up-",
    "data-wp-",
    "data-sveltekit",
    "data-signals",
    "data-mage-init",
    "data-ajax",
    "data-require",
];

/// Values that run when an old script library writes them into an address.
fn is_script(value: &str) -> bool {
    let bare: String = value.chars().filter(|c| *c > ' ').take(12).collect::<String>().to_ascii_lowercase();
    bare.starts_with("javascript:") || bare.starts_with("vbscript:") || bare.starts_with("data:text/")
}

/// The rule for the attribute `name` (lower case) of the kept element `element`.
pub(super) fn rule(element: &str, family: Family, name: &str, value: &str) -> Rule {
    // The most frequent first: the lists below are long.
    match (element, name) {
        ("a", "href") => return Rule::Link,
        ("img", "src") => return Rule::Source,
        ("img", "alt") => return Rule::Plain,
        _ => {}
    }
    if let Some(rest) = name.strip_prefix("data-") {
        let named =
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
        let harmless = named && !ORDERS.iter().any(|prefix| name.starts_with(prefix)) && !is_script(value);
        return if harmless { Rule::Plain } else { Rule::No };
    }
    if let Some(rest) = name.strip_prefix("aria-") {
        return if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase()) { Rule::Plain } else { Rule::No };
    }
    match name {
        "class" => return Rule::Words,
        "style" => return Rule::Style,
        "id" | "title" | "lang" | "xml:lang" | "dir" | "role" | "align" | "tabindex" | "translate" | "hidden" | "itemprop"
        | "itemscope" | "itemtype" | "itemid" | "width" | "height" => return Rule::Plain,
        "draggable" => return Rule::OneOf(&["true", "false", "auto"]),
        "contenteditable" => return Rule::OneOf(&["false"]),
        "xmlns" => {
            return Rule::OneOf(&["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"]);
        }
        _ => {}
    }
    match family {
        Family::Html => html(element, name),
        Family::Svg => svg(element, name),
        Family::Math => math(name),
    }
}

/// Attributes of HTML elements.
fn html(element: &str, name: &str) -> Rule {
    let allowed: &[&str] = match (element, name) {
        ("a" | "area", "href") => return Rule::Link,
        ("a" | "area", "rel" | "rev") | ("td" | "th", "headers") => return Rule::Words,
        ("a" | "area", "target") => return Rule::OneOf(&["_blank", "_self", "_parent", "_top", "_new"]),
        ("img" | "source" | "video" | "audio" | "track" | "iframe", "src") => return Rule::Source,
        ("img" | "source", "srcset") => return Rule::SourceSet,
        ("video", "poster") => return Rule::Picture,
        ("blockquote" | "q" | "del" | "ins", "cite") | ("img" | "iframe", "longdesc") => return Rule::Link,
        ("img", "usemap") => return Rule::Fragment,
        ("a" | "img" | "iframe", "referrerpolicy") => {
            return Rule::OneOf(&[
                "no-referrer",
                "same-origin",
                "origin",
                "strict-origin",
                "origin-when-cross-origin",
                "strict-origin-when-cross-origin",
                "no-referrer-when-downgrade",
            ]);
        }
        ("iframe", "allow") => return Rule::Features,
        ("h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "track", "label") => return Rule::Plain,
        ("pre", _) => &["name"],
        ("a", _) => &["name", "hreflang", "type", "download", "coords", "shape"],
        ("area", _) => &["alt", "coords", "shape", "hreflang", "type", "nohref"],
        ("img", _) => &["alt", "border", "hspace", "vspace", "ismap", "sizes", "loading", "decoding", "fetchpriority", "crossorigin"],
        ("source", _) => &["sizes", "type", "media"],
        ("video", _) => &[
            "controls",
            "preload",
            "loop",
            "muted",
            "autoplay",
            "playsinline",
            "webkit-playsinline",
            "controlslist",
            "type",
            "crossorigin",
        ],
        ("audio", _) => &["controls", "preload", "loop", "muted", "controlslist", "type", "crossorigin"],
        ("track", _) => &["kind", "srclang", "default"],
        ("iframe", _) => &[
            "frameborder",
            "scrolling",
            "allowfullscreen",
            "webkitallowfullscreen",
            "mozallowfullscreen",
            "marginwidth",
            "marginheight",
            "loading",
            "sandbox",
        ],
        ("table", _) => &["border", "cellpadding", "cellspacing", "bgcolor", "bordercolor", "summary", "frame", "rules"],
        ("td" | "th", _) => &["colspan", "rowspan", "scope", "abbr", "axis", "bgcolor", "nowrap", "valign", "char", "charoff"],
        ("tr" | "thead" | "tbody" | "tfoot", _) => &["bgcolor", "valign", "char", "charoff"],
        ("col" | "colgroup", _) => &["span", "valign", "char", "charoff"],
        ("ol", _) => &["start", "type", "reversed", "compact"],
        ("ul" | "dl" | "menu" | "dir", _) => &["type", "compact"],
        ("li", _) => &["type", "value"],
        ("font", _) => &["color", "face", "size"],
        ("hr", _) => &["size", "noshade", "color"],
        ("br", _) => &["clear"],
        ("time" | "del" | "ins", _) => &["datetime"],
        ("data", _) => &["value"],
        ("details", _) => &["open", "name"],
        ("map", _) => &["name"],
        _ => &[],
    };
    if allowed.contains(&name) { Rule::Plain } else { Rule::No }
}

/// Attributes of SVG elements: geometry and paint.
fn svg(element: &str, name: &str) -> Rule {
    match (element, name) {
        ("use", "href" | "xlink:href") => return Rule::Fragment,
        ("lineargradient" | "radialgradient" | "pattern", "href" | "xlink:href") => return Rule::Fragment,
        _ => {}
    }
    let plain = [
        "viewbox",
        "preserveaspectratio",
        "version",
        "d",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "dx",
        "dy",
        "points",
        "transform",
        "pathlength",
        "offset",
        "gradientunits",
        "gradienttransform",
        "spreadmethod",
        "clippathunits",
        "maskunits",
        "maskcontentunits",
        "patternunits",
        "patterncontentunits",
        "patterntransform",
        "markerwidth",
        "markerheight",
        "markerunits",
        "refx",
        "refy",
        "orient",
        "rotate",
        "textlength",
        "lengthadjust",
        "focusable",
    ];
    let paint = [
        "fill",
        "fill-opacity",
        "fill-rule",
        "stroke",
        "stroke-width",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-opacity",
        "opacity",
        "color",
        "stop-color",
        "stop-opacity",
        "clip-path",
        "clip-rule",
        "mask",
        "marker-start",
        "marker-mid",
        "marker-end",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "text-anchor",
        "dominant-baseline",
        "alignment-baseline",
        "baseline-shift",
        "letter-spacing",
        "visibility",
        "display",
        "overflow",
        "vector-effect",
        "shape-rendering",
        "text-rendering",
    ];
    if plain.contains(&name) || paint.contains(&name) { Rule::Paint } else { Rule::No }
}

/// Attributes of MathML elements: no address is among them.
fn math(name: &str) -> Rule {
    let allowed = [
        "display",
        "displaystyle",
        "scriptlevel",
        "mathvariant",
        "mathcolor",
        "mathbackground",
        "mathsize",
        "form",
        "fence",
        "separator",
        "lspace",
        "rspace",
        "stretchy",
        "symmetric",
        "maxsize",
        "minsize",
        "largeop",
        "movablelimits",
        "accent",
        "accentunder",
        "linethickness",
        "numalign",
        "denomalign",
        "bevelled",
        "columnalign",
        "rowalign",
        "columnspacing",
        "rowspacing",
        "columnlines",
        "rowlines",
        "columnspan",
        "rowspan",
        "frame",
        "framespacing",
        "open",
        "close",
        "separators",
        "notation",
        "depth",
        "voffset",
        "encoding",
        "alttext",
        "subscriptshift",
        "superscriptshift",
        "lquote",
        "rquote",
        "side",
        "minlabelspacing",
        "equalcolumns",
        "equalrows",
    ];
    if allowed.contains(&name) { Rule::Plain } else { Rule::No }
}

/// Features that a player may be given; a list with any other is dropped.
pub(super) fn features_are_harmless(value: &str) -> bool {
    value.split(';').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let name = part.split_ascii_whitespace().next().unwrap_or_default();
        matches!(
            name,
            "accelerometer"
                | "autoplay"
                | "clipboard-write"
                | "encrypted-media"
                | "fullscreen"
                | "gyroscope"
                | "picture-in-picture"
                | "web-share"
        )
    })
}

/// Whether a paint names nothing outside of the article.
pub(super) fn paint_is_harmless(value: &str) -> bool {
    let plain = value.to_ascii_lowercase();
    let inside = plain.match_indices("url(").all(|(at, _)| plain[at + 4..].trim_start().trim_start_matches(['"', '\'']).starts_with('#'));
    inside && !plain.contains(['\\', '<', '{']) && !plain.contains("script:") && !plain.contains("expression") && !plain.contains("/*")
}
