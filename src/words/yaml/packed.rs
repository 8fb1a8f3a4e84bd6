//! A tree as bytes and back, so that the shipped files need not be parsed at every start; `build.rs` writes them.

use super::node::{Node, NodeKind, Span};

/// The bytes of a tree.
pub fn pack(node: &Node, out: &mut Vec<u8>) {
    let tag = match &node.kind {
        NodeKind::Null => 0,
        NodeKind::Bool(false) => 1,
        NodeKind::Bool(true) => 2,
        NodeKind::Integer(_) => 3,
        NodeKind::Float(_) => 4,
        NodeKind::Text(_) => 5,
        NodeKind::Sequence(_) => 6,
        NodeKind::Mapping(_) => 7,
    };
    out.push(tag);
    pack_span(node.span, out);
    match &node.kind {
        NodeKind::Null | NodeKind::Bool(_) => {}
        NodeKind::Integer(value) => out.extend_from_slice(&value.to_le_bytes()),
        NodeKind::Float(value) => out.extend_from_slice(&value.to_le_bytes()),
        NodeKind::Text(text) => pack_text(text, out),
        NodeKind::Sequence(items) => {
            pack_number(items.len(), out);
            items.iter().for_each(|item| pack(item, out));
        }
        NodeKind::Mapping(entries) => {
            pack_number(entries.len(), out);
            for (key, span, value) in entries {
                pack_text(key, out);
                pack_span(*span, out);
                pack(value, out);
            }
        }
    }
}

/// The tree at the beginning of some bytes, which move on past it; `None` where they are not a tree.
pub fn unpack(bytes: &mut &[u8]) -> Option<Node> {
    let tag = take(bytes, 1)?[0];
    let span = unpack_span(bytes)?;
    let kind = match tag {
        0 => NodeKind::Null,
        1 => NodeKind::Bool(false),
        2 => NodeKind::Bool(true),
        3 => NodeKind::Integer(i64::from_le_bytes(take(bytes, 8)?.try_into().ok()?)),
        4 => NodeKind::Float(f64::from_le_bytes(take(bytes, 8)?.try_into().ok()?)),
        5 => NodeKind::Text(unpack_text(bytes)?),
        6 => {
            let length = unpack_number(bytes)?;
            NodeKind::Sequence((0..length).map(|_| unpack(bytes)).collect::<Option<_>>()?)
        }
        7 => {
            let length = unpack_number(bytes)?;
            let entry = |_| Some((unpack_text(bytes)?, unpack_span(bytes)?, unpack(bytes)?));
            NodeKind::Mapping((0..length).map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    };
    Some(Node { kind, span })
}

/// A text with its length.
pub fn pack_text(text: &str, out: &mut Vec<u8>) {
    pack_number(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// A text with its length, from the beginning of some bytes.
pub fn unpack_text(bytes: &mut &[u8]) -> Option<String> {
    let length = unpack_number(bytes)?;
    String::from_utf8(take(bytes, length)?.to_vec()).ok()
}

fn pack_span(span: Span, out: &mut Vec<u8>) {
    pack_number(span.start, out);
    pack_number(span.end, out);
}

fn unpack_span(bytes: &mut &[u8]) -> Option<Span> {
    Some(Span { start: unpack_number(bytes)?, end: unpack_number(bytes)? })
}

/// Files are at most 4 MiB, so 32 bits hold every number here.
fn pack_number(number: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn unpack_number(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(take(bytes, 4)?.try_into().ok()?)).ok()
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(head)
}
