//! A page as a tree, within bounds. The tree builder of HTML walks its stack of open elements for most tags, so that a page of a hundred
//! thousand elements inside each other takes time by the square of that; this reads piece by piece and gives up between two of them.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use dom_query::{Document, NodeId};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName};

use super::Unreadable;

/// Elements inside each other that a page may have; real ones have fewer than a hundred.
pub const DEPTH_MAX: u32 = 256;

/// Elements and texts that a page may have; the largest of the corpus has 6,062.
pub const NODES_MAX: usize = 200_000;

/// Elements that the builder may look at while it walks its stack: `<b><i><div></b>` again and again keeps the tree flat and the stack long.
/// All pages of the corpus stay below.
const STEPS_MAX: u64 = 30_000_000;

/// As much is read before the bounds are looked at again.
const PIECE_BYTES_MAX: usize = 4 << 10;

/// Reads a page.
pub(super) fn read(html: &str) -> Result<Document, Unreadable> {
    let builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    let mut parser = html5ever::parse_document(Sink::default(), ParseOpts { tree_builder: builder, ..ParseOpts::default() });
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE_BYTES_MAX));
        parser.process(StrTendril::from_slice(piece));
        parser.tokenizer.sink.sink.check()?;
        rest = after;
    }
    let document = parser.finish();
    // What the builder moved about can lie deeper than it was put.
    let mut depths: HashMap<NodeId, u32> = HashMap::new();
    for node in document.root().descendants_it() {
        let depth = node.parent().and_then(|parent| depths.get(&parent.id).copied()).unwrap_or_default() + 1;
        if depth > DEPTH_MAX {
            return Err(Unreadable::Deep);
        }
        depths.insert(node.id, depth);
    }
    Ok(document)
}

/// The document, with an eye on its bounds.
#[derive(Default)]
struct Sink {
    document: Document,
    depths: RefCell<HashMap<NodeId, u32>>,
    deepest: Cell<u32>,
    steps: Cell<u64>,
}

impl Sink {
    fn check(&self) -> Result<(), Unreadable> {
        if self.deepest.get() > DEPTH_MAX || self.steps.get() > STEPS_MAX {
            return Err(Unreadable::Deep);
        }
        if self.document.tree.len() > NODES_MAX { Err(Unreadable::Large) } else { Ok(()) }
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    fn put(&self, parent: Option<NodeId>, child: &NodeOrText<NodeId>) {
        let NodeOrText::AppendNode(child) = child else { return };
        let mut depths = self.depths.borrow_mut();
        let depth = parent.and_then(|parent| depths.get(&parent).copied()).unwrap_or_default() + 1;
        depths.insert(*child, depth);
        self.deepest.set(self.deepest.get().max(depth));
    }

    fn parent(&self, node: &NodeId) -> Option<NodeId> {
        self.document.tree.parent_of(node).map(|parent| parent.id)
    }
}

impl TreeSink for Sink {
    type Handle = NodeId;
    type Output = Document;
    type ElemName<'a> = <Document as TreeSink>::ElemName<'a>;

    fn finish(self) -> Document {
        self.document
    }

    /// Nobody reads them, and a broken page has as many as tags.
    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.document.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Self::ElemName<'a> {
        self.step();
        self.document.elem_name(target)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.document.create_element(name, attrs, flags)
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.document.create_comment(text)
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.document.create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.put(Some(*parent), &child);
        self.document.append(parent, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, before: &NodeId, child: NodeOrText<NodeId>) {
        self.put(self.parent(element).or(Some(*before)), &child);
        self.document.append_based_on_parent_node(element, before, child);
    }

    fn append_doctype_to_document(&self, name: StrTendril, public: StrTendril, system: StrTendril) {
        self.document.append_doctype_to_document(name, public, system);
    }

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        let contents = self.document.get_template_contents(target);
        // They hang on no parent, but the template is where they are.
        let depth = self.depths.borrow().get(target).copied().unwrap_or_default();
        self.depths.borrow_mut().insert(contents, depth);
        contents
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        self.step();
        x == y
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.document.set_quirks_mode(mode);
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.put(self.parent(sibling), &child);
        self.document.append_before_sibling(sibling, child);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        self.document.add_attrs_if_missing(target, attrs);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.document.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.document.reparent_children(node, new_parent);
    }

    fn is_mathml_annotation_xml_integration_point(&self, handle: &NodeId) -> bool {
        self.document.is_mathml_annotation_xml_integration_point(handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_hundred_thousand_nested_elements_is_given_up_early() {
        for nested in
            ["<div>", "<b>", "<table><tr><td>", "<ul><li>", "<template>", "<svg>", "<div></b>", "<a><div>", "<span><p>", "<b><i><div></b>"]
        {
            assert!(matches!(read(&nested.repeat(100_000)), Err(Unreadable::Deep | Unreadable::Large)), "{nested}");
        }
    }

    #[test]
    fn many_elements_beside_each_other_are_bounded_too() {
        assert!(matches!(read(&"<p>a".repeat(NODES_MAX)), Err(Unreadable::Large)));
        assert!(read(&"<p>a".repeat(10_000)).is_ok());
    }

    #[test]
    fn a_page_in_pieces_is_the_same_page() {
        let html = format!("<title>t</title><p>{}</p><table><tr><td>文字</table>", "字a&amp;<b>c</b>".repeat(3_000));
        assert_eq!(read(&html).unwrap().html(), Document::from(html.as_str()).html());
    }
}
