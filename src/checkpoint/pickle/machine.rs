//! The pickle machine: a stack, marks and a memo, over objects that cannot do anything.

mod in_line;

use num_bigint::BigInt;

use super::opcodes::{self as op, name};
use super::{Build, Persistent, calls, fault, globals, text};
use crate::bytes::Cursor;
use crate::graph::{Dict, Made, Node, NodeId};
use crate::limits;
use crate::mapping::Region;
use torchsh_base::Str;
use torchsh_base::error::Result;

/// Reads the pickle at the start of some bytes; gives its outermost object and where it ends.
///
/// # Errors
/// `UnpicklingError` for what is no pickle or asks for what there is not, `EOFError` for one that is cut short, and
/// errors of the limits and of the tensors in it. The message says at which byte.
pub fn read(build: &mut Build, bytes: &Region, persistent: &mut dyn Persistent) -> Result<(NodeId, usize)> {
    let window = bytes.bytes();
    let window = window.get(..window.len().min(limits::PICKLE_BYTES)).unwrap_or_default();
    let cursor = Cursor::new(window, "pickle");
    let mut machine = Machine {
        build,
        persistent,
        region: bytes,
        cursor,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: Vec::new(),
    };
    loop {
        let at = machine.cursor.position();
        machine.build.at = at;
        let code = machine.cursor.u8()?;
        if code == op::STOP {
            let root = machine.pop()?;
            return Ok((root, machine.cursor.position()));
        }
        machine.step(code).map_err(|error| {
            let opcode = name(code).map_or_else(|| format!("opcode {code:#04x}"), str::to_owned);
            error.note(format!("at byte {at} of the pickle ({opcode})"))
        })?;
    }
}

struct Machine<'a> {
    build: &'a mut Build,
    persistent: &'a mut dyn Persistent,
    region: &'a Region,
    cursor: Cursor<'a>,
    stack: Vec<NodeId>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: Vec<Option<NodeId>>,
}

impl Machine<'_> {
    fn step(&mut self, code: u8) -> Result<()> {
        match code {
            op::PROTO => self.protocol(),
            op::FRAME => self.cursor.length().map(drop),
            op::MARK => self.mark(),
            op::POP => self.discard(),
            op::POP_MARK => self.pop_mark().map(drop),
            op::DUP => self.top().and_then(|top| self.push_id(top)),
            op::PUT | op::BINPUT | op::LONG_BINPUT | op::MEMOIZE => self.put(code),
            op::GET | op::BINGET | op::LONG_BINGET => self.get(code),
            op::NONE => self.push_id(NodeId::NONE),
            op::NEWTRUE => self.push_id(NodeId::TRUE),
            op::NEWFALSE => self.push_id(NodeId::FALSE),
            op::INT | op::BININT | op::BININT1 | op::BININT2 | op::LONG | op::LONG1 | op::LONG4 => {
                self.int(code)
            }
            op::FLOAT | op::BINFLOAT => self.float(code),
            op::STRING | op::BINSTRING | op::SHORT_BINSTRING => self.python2_string(code),
            op::UNICODE | op::BINUNICODE | op::SHORT_BINUNICODE | op::BINUNICODE8 => self.unicode(code),
            op::BINBYTES | op::SHORT_BINBYTES | op::BINBYTES8 | op::BYTEARRAY8 => self.bytes(code),
            op::EMPTY_TUPLE | op::TUPLE1 | op::TUPLE2 | op::TUPLE3 | op::TUPLE => self.tuple(code),
            op::EMPTY_LIST | op::LIST | op::EMPTY_SET | op::FROZENSET => self.sequence(code),
            op::EMPTY_DICT => self.push(Node::Dict(Box::default())),
            op::DICT => self.dict(),
            op::APPEND | op::APPENDS | op::ADDITEMS => self.append(code),
            op::SETITEM | op::SETITEMS => self.set_items(code),
            op::GLOBAL | op::STACK_GLOBAL => self.global(code),
            op::REDUCE => self.reduce(),
            op::NEWOBJ | op::NEWOBJ_EX | op::INST | op::OBJ => self.new_object(code),
            op::BUILD => self.build_state(),
            op::PERSID | op::BINPERSID => self.persistent_id(code),
            op::EXT1 | op::EXT2 | op::EXT4 => self.extension(code),
            op::NEXT_BUFFER | op::READONLY_BUFFER => {
                Err(fault("the file keeps its buffers out of band, and they were not given"))
            }
            _ => Err(fault(format!("invalid load key, '\\x{code:02x}'."))),
        }
    }

    // The stack.

    fn push_id(&mut self, id: NodeId) -> Result<()> {
        if self.stack.len() >= limits::PICKLE_STACK {
            return Err(fault(format!("more than {} values on the stack", limits::PICKLE_STACK)));
        }
        self.stack.push(id);
        Ok(())
    }

    fn push(&mut self, node: Node) -> Result<()> {
        let id = self.build.graph.add(node)?;
        self.push_id(id)
    }

    /// The height under which the stack may not be popped: that of the last mark.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<NodeId> {
        if self.stack.len() <= self.floor() {
            return Err(fault("unexpected end of the stack"));
        }
        self.stack.pop().ok_or_else(|| fault("unexpected end of the stack"))
    }

    fn top(&self) -> Result<NodeId> {
        let top = self.stack.last().filter(|_| self.stack.len() > self.floor());
        top.copied().ok_or_else(|| fault("unexpected end of the stack"))
    }

    fn mark(&mut self) -> Result<()> {
        if self.marks.len() >= limits::PICKLE_MARKS {
            return Err(fault(format!("nested more than {} deep", limits::PICKLE_MARKS)));
        }
        self.marks.push(self.stack.len());
        Ok(())
    }

    /// `POP` takes a mark that is on top, as CPython's does.
    fn discard(&mut self) -> Result<()> {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
            return Ok(());
        }
        let dropped = self.pop()?;
        calls::state_by_call(self.build, self.top().ok(), dropped)
    }

    fn pop_mark(&mut self) -> Result<Vec<NodeId>> {
        let mark = self.marks.pop().ok_or_else(|| fault("could not find MARK"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn protocol(&mut self) -> Result<()> {
        match self.cursor.u8()? {
            0..=op::HIGHEST_PROTOCOL => Ok(()),
            other => Err(fault(format!("unsupported pickle protocol: {other}"))),
        }
    }

    fn put(&mut self, code: u8) -> Result<()> {
        let index = match code {
            op::MEMOIZE => self.memo.len(),
            _ => self.memo_index(code)?,
        };
        if index >= limits::PICKLE_MEMO {
            return Err(fault(format!("memo index {index} is beyond {}", limits::PICKLE_MEMO)));
        }
        let top = self.top()?;
        if index >= self.memo.len() {
            self.memo.resize(index + 1, None);
        }
        if let Some(place) = self.memo.get_mut(index) {
            *place = Some(top);
        }
        Ok(())
    }

    fn memo_index(&mut self, code: u8) -> Result<usize> {
        match code {
            op::BINGET | op::BINPUT => Ok(usize::from(self.cursor.u8()?)),
            op::LONG_BINGET | op::LONG_BINPUT => {
                usize::try_from(self.cursor.u32()?).map_err(|_| fault("memo index"))
            }
            _ => match text::long(self.cursor.line(limits::GLOBAL_NAME)?)? {
                Node::Int(index) => usize::try_from(index).map_err(|_| fault("negative memo index")),
                _ => Err(fault("malformed memo index")),
            },
        }
    }

    fn get(&mut self, code: u8) -> Result<()> {
        let index = self.memo_index(code)?;
        let found = self.memo.get(index).copied().flatten();
        let found = found.ok_or_else(|| fault(format!("Memo value not found at index {index}")))?;
        self.push_id(found)
    }

    // Atoms.

    fn int(&mut self, code: u8) -> Result<()> {
        let node = match code {
            op::BININT => Node::Int(i64::from(self.cursor.i32()?)),
            op::BININT1 => Node::Int(i64::from(self.cursor.u8()?)),
            op::BININT2 => Node::Int(i64::from(self.cursor.u16()?)),
            op::INT => text::int(self.cursor.line(limits::NUMBER_LINE)?)?,
            op::LONG => text::long(self.cursor.line(limits::NUMBER_LINE)?)?,
            _ => {
                let length = self.short_or(code == op::LONG1)?;
                if length > limits::LONG_BYTES {
                    return Err(fault(format!("an integer of {length} bytes")));
                }
                text::integer(BigInt::from_signed_bytes_le(self.cursor.take(length)?))
            }
        };
        self.push(node)
    }

    fn float(&mut self, code: u8) -> Result<()> {
        let node = match code {
            op::BINFLOAT => Node::Float(f64::from_be_bytes(self.cursor.array()?)),
            _ => text::float(self.cursor.line(limits::NUMBER_LINE)?)?,
        };
        self.push(node)
    }

    /// A length in one byte or in four.
    fn short_or(&mut self, short: bool) -> Result<usize> {
        let length = if short { u32::from(self.cursor.u8()?) } else { self.cursor.u32()? };
        usize::try_from(length).map_err(|_| fault("length"))
    }

    fn python2_string(&mut self, code: u8) -> Result<()> {
        let literal;
        let bytes = if code == op::STRING {
            literal = text::string_literal(self.cursor.line(limits::PICKLE_BYTES)?)?;
            literal.as_slice()
        } else {
            let length = self.short_or(code == op::SHORT_BINSTRING)?;
            self.cursor.take(length)?
        };
        match text::python2(bytes, self.build.strings)? {
            Ok(text) => self.push(Node::Str(Str::new(text))),
            Err(bytes) => self.push(Node::Bytes(Box::new(Region::from(bytes)))),
        }
    }

    fn unicode(&mut self, code: u8) -> Result<()> {
        if code == op::UNICODE {
            let text = text::raw_unicode_escape(self.cursor.line(limits::PICKLE_BYTES)?)?;
            return self.push(Node::Str(Str::new(text)));
        }
        let length = match code {
            op::BINUNICODE8 => self.cursor.length()?,
            _ => self.short_or(code == op::SHORT_BINUNICODE)?,
        };
        let text = text::utf8(self.cursor.take(length)?)?;
        self.push(Node::Str(Str::new(text)))
    }

    fn bytes(&mut self, code: u8) -> Result<()> {
        let length = match code {
            op::BINBYTES8 | op::BYTEARRAY8 => self.cursor.length()?,
            _ => self.short_or(code == op::SHORT_BINBYTES)?,
        };
        let start = self.cursor.position();
        self.cursor.take(length)?;
        let region = self.region.part(start, length).ok_or_else(|| fault("bytes beyond the end"))?;
        let region = Box::new(region);
        self.push(if code == op::BYTEARRAY8 { Node::ByteArray(region) } else { Node::Bytes(region) })
    }

    // Containers.

    fn tuple(&mut self, code: u8) -> Result<()> {
        let count = match code {
            op::EMPTY_TUPLE => 0,
            op::TUPLE1 => 1,
            op::TUPLE2 => 2,
            op::TUPLE3 => 3,
            _ => {
                let items = self.pop_mark()?;
                return self.push(Node::Tuple(Box::new(items)));
            }
        };
        let start = self.stack.len().checked_sub(count).filter(|&start| start >= self.floor());
        let start = start.ok_or_else(|| fault("unexpected end of the stack"))?;
        let items = self.stack.split_off(start);
        self.push(Node::Tuple(Box::new(items)))
    }

    fn sequence(&mut self, code: u8) -> Result<()> {
        let items = match code {
            op::LIST | op::FROZENSET => self.pop_mark()?,
            _ => Vec::new(),
        };
        let items = Box::new(items);
        self.push(match code {
            op::EMPTY_SET => Node::Set(items),
            op::FROZENSET => Node::FrozenSet(items),
            _ => Node::List(items),
        })
    }

    fn dict(&mut self) -> Result<()> {
        let items = pairs(&self.pop_mark()?)?;
        self.push(Node::Dict(Box::new(Dict { items, ..Dict::default() })))
    }

    fn append(&mut self, code: u8) -> Result<()> {
        let items = if code == op::APPEND { vec![self.pop()?] } else { self.pop_mark()? };
        let target = self.top()?;
        self.build.graph.charge(4 * items.len())?;
        match self.build.graph.get_mut(target) {
            Some(Node::List(into) | Node::Set(into)) => into.extend(items),
            Some(Node::Object(object)) => object.items.extend(items),
            _ => return Err(fault("items are added to what is not a list or set")),
        }
        Ok(())
    }

    fn set_items(&mut self, code: u8) -> Result<()> {
        let items = if code == op::SETITEM {
            let value = self.pop()?;
            vec![(self.pop()?, value)]
        } else {
            pairs(&self.pop_mark()?)?
        };
        let target = self.top()?;
        self.build.graph.charge(8 * items.len())?;
        match self.build.graph.get_mut(target) {
            Some(Node::Dict(dict)) => dict.items.extend(items),
            Some(Node::Object(object)) => object.entries.extend(items),
            _ => return Err(fault("items are set on what is not a dictionary")),
        }
        Ok(())
    }

    // Names and objects.

    fn global(&mut self, code: u8) -> Result<()> {
        if code == op::STACK_GLOBAL {
            let (name, module) = (self.pop()?, self.pop()?);
            let graph = &self.build.graph;
            let (Some(module), Some(name)) = (graph.str(module), graph.str(name)) else {
                return Err(fault("STACK_GLOBAL requires str"));
            };
            let (module, name) = (module.to_owned(), name.to_owned());
            return self.push_global(&module, &name);
        }
        let (module, name) = (self.name_line()?, self.name_line()?);
        self.push_global(&module, &name)
    }

    fn name_line(&mut self) -> Result<String> {
        text::utf8(self.cursor.line(limits::GLOBAL_NAME)?)
    }

    fn push_global(&mut self, module: &str, name: &str) -> Result<()> {
        if module.len() > limits::GLOBAL_NAME || name.len() > limits::GLOBAL_NAME {
            return Err(fault(format!("a name of more than {} bytes", limits::GLOBAL_NAME)));
        }
        let global = self.build.global(module, name)?;
        let node = globals::value(&global).unwrap_or(Node::Global(global));
        self.push(node)
    }

    /// A name by its number in `copyreg`'s registry, which is the writing program's own.
    fn extension(&mut self, code: u8) -> Result<()> {
        let number = match code {
            op::EXT1 => u32::from(self.cursor.u8()?),
            op::EXT2 => u32::from(self.cursor.u16()?),
            _ => self.cursor.u32()?,
        };
        self.push_global(globals::EXTENSIONS, &number.to_string())
    }

    fn reduce(&mut self) -> Result<()> {
        let (args, function) = (self.pop()?, self.pop()?);
        let args = match self.build.graph.get(args) {
            Node::Tuple(items) => items.as_ref().clone(),
            _ => return Err(fault("argument list must be a tuple")),
        };
        let made = self.call(function, args, Vec::new(), Made::Call)?;
        self.push_id(made)
    }

    fn new_object(&mut self, code: u8) -> Result<()> {
        let (class, args, keywords) = match code {
            op::NEWOBJ => {
                let args = self.pop()?;
                (self.pop()?, self.tuple_items(args)?, Vec::new())
            }
            op::NEWOBJ_EX => {
                let (keywords, args) = (self.pop()?, self.pop()?);
                self.build.spend(&[keywords])?;
                let keywords = self.build.graph.entries(keywords).map(<[_]>::to_vec);
                let keywords = keywords.ok_or_else(|| fault("NEWOBJ_EX keywords must be a dict"))?;
                (self.pop()?, self.tuple_items(args)?, keywords)
            }
            op::OBJ => {
                let mut items = self.pop_mark()?.into_iter();
                let class = items.next().ok_or_else(|| fault("OBJ without a class"))?;
                (class, items.collect(), Vec::new())
            }
            _ => {
                let (module, name) = (self.name_line()?, self.name_line()?);
                let args = self.pop_mark()?;
                self.push_global(&module, &name)?;
                (self.pop()?, args, Vec::new())
            }
        };
        let made = self.call(class, args, keywords, Made::New)?;
        self.push_id(made)
    }

    fn tuple_items(&self, id: NodeId) -> Result<Vec<NodeId>> {
        match self.build.graph.get(id) {
            Node::Tuple(items) => Ok(items.as_ref().clone()),
            _ => Err(fault("argument list must be a tuple")),
        }
    }

    /// What a call would give where that is known, else an object that says what was wanted.
    fn call(
        &mut self,
        callable: NodeId,
        args: Vec<NodeId>,
        keywords: Vec<(NodeId, NodeId)>,
        made: Made,
    ) -> Result<NodeId> {
        self.build.graph.charge(4 * args.len() + 8 * keywords.len())?;
        self.build.spend(&args)?;
        let class = match self.build.graph.get(callable) {
            Node::Global(global) => global.clone(),
            _ => return calls::call_of_object(self.build, callable, args, made),
        };
        self.build.count_call(&class);
        if keywords.is_empty()
            && let Some(known) = globals::call(self.build, &class, &args)?
        {
            return Ok(known);
        }
        let id = self.build.inert(class, made, args)?;
        if let Some(Node::Object(object)) = self.build.graph.get_mut(id) {
            object.keywords = keywords;
        }
        Ok(id)
    }

    fn build_state(&mut self) -> Result<()> {
        let state = self.pop()?;
        let target = self.top()?;
        if matches!(self.build.graph.get(target), Node::Array(_) | Node::ArrayType(_)) {
            self.build.spend(&[state])?;
        }
        globals::set_state(self.build, target, state)?;
        self.array_in_line(target)
    }

    fn persistent_id(&mut self, code: u8) -> Result<()> {
        let id = if code == op::PERSID {
            // Of a module of a legacy file, it holds the source of its class.
            let name = text::utf8(self.cursor.line(limits::PICKLE_BYTES)?)?;
            self.build.graph.text(&name)?
        } else {
            self.pop()?
        };
        let object = self.persistent.load(self.build, id)?;
        self.push_id(object)
    }
}

fn pairs(items: &[NodeId]) -> Result<Vec<(NodeId, NodeId)>> {
    if !items.len().is_multiple_of(2) {
        return Err(fault("odd number of items for SETITEMS"));
    }
    Ok(items.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect())
}
