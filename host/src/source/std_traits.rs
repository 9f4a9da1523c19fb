//! The traits of the standard library by their members, and its types: what a `use` line of one of them means for
//! calls of methods.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::text::name_print;

/// Traits with the names of all that they have. Two traits of one name share a line.
const TRAITS: &[(&str, &str)] = &[
    ("Any", "type_id"),
    ("AsFd", "as_fd"),
    ("AsMut", "as_mut"),
    ("AsRawFd", "as_raw_fd"),
    ("AsRef", "as_ref"),
    ("Borrow", "borrow"),
    ("BorrowMut", "borrow_mut"),
    ("BufRead", "fill_buf consume has_data_left read_until skip_until read_line split lines"),
    ("BuildHasher", "build_hasher hash_one"),
    ("Clone", "clone clone_from"),
    ("Copy", ""),
    ("Debug", "fmt"),
    ("Default", "default"),
    ("Deref", "deref Target"),
    ("DerefMut", "deref_mut"),
    ("Display", "fmt"),
    ("DoubleEndedIterator", "next_back advance_back_by nth_back try_rfold rfold rfind"),
    ("Drop", "drop"),
    ("Eq", ""),
    ("Error", "source description cause provide"),
    ("ExactSizeIterator", "len is_empty"),
    ("Extend", "extend extend_one extend_reserve"),
    ("Fn", "call"),
    ("FnMut", "call_mut"),
    ("FnOnce", "call_once Output"),
    ("From", "from"),
    ("FromIterator", "from_iter"),
    ("FromStr", "from_str Err"),
    ("Future", "poll Output"),
    ("FusedIterator", ""),
    ("Hash", "hash hash_slice"),
    (
        "Hasher",
        "finish write write_u8 write_u16 write_u32 write_u64 write_u128 write_usize write_i8 write_i16 write_i32 \
         write_i64 write_i128 write_isize write_length_prefix write_str",
    ),
    ("Index", "index Output"),
    ("IndexMut", "index_mut"),
    ("Into", "into"),
    ("IntoFuture", "into_future Output IntoFuture"),
    ("IntoIterator", "into_iter Item IntoIter"),
    (
        "Iterator",
        "next next_chunk size_hint count last advance_by nth step_by chain zip intersperse intersperse_with map for_each \
         filter filter_map enumerate peekable skip_while take_while map_while skip take scan flat_map flatten map_windows \
         fuse inspect by_ref collect try_collect collect_into partition partition_in_place is_partitioned try_fold \
         try_for_each fold reduce try_reduce all any find find_map try_find position rposition max min max_by_key max_by \
         min_by_key min_by rev unzip copied cloned cycle array_chunks sum product cmp cmp_by partial_cmp partial_cmp_by eq \
         eq_by ne lt le gt ge is_sorted is_sorted_by is_sorted_by_key Item",
    ),
    ("Ord", "cmp max min clamp"),
    ("PartialEq", "eq ne"),
    ("PartialOrd", "partial_cmp lt le gt ge"),
    ("Pattern", ""),
    ("Product", "product"),
    (
        "Read",
        "read read_vectored is_read_vectored read_to_end read_to_string read_exact read_buf read_buf_exact by_ref bytes \
         chain take read_array",
    ),
    ("Seek", "seek rewind stream_len stream_position seek_relative"),
    ("Send", ""),
    ("Sized", ""),
    ("Sum", "sum"),
    ("Sync", ""),
    ("Termination", "report"),
    ("ToOwned", "to_owned clone_into Owned"),
    ("ToSocketAddrs", "to_socket_addrs Iter"),
    ("ToString", "to_string"),
    ("TryFrom", "try_from Error"),
    ("TryInto", "try_into Error"),
    ("Unpin", ""),
    ("UnwindSafe", ""),
    ("RefUnwindSafe", ""),
    ("Wake", "wake wake_by_ref"),
    (
        "Write",
        "write_str write_char write_fmt write write_vectored is_write_vectored flush write_all write_all_vectored by_ref",
    ),
    ("Add", "add Output"),
    ("AddAssign", "add_assign"),
    ("BitAnd", "bitand Output"),
    ("BitAndAssign", "bitand_assign"),
    ("BitOr", "bitor Output"),
    ("BitOrAssign", "bitor_assign"),
    ("BitXor", "bitxor Output"),
    ("BitXorAssign", "bitxor_assign"),
    ("Div", "div Output"),
    ("DivAssign", "div_assign"),
    ("Mul", "mul Output"),
    ("MulAssign", "mul_assign"),
    ("Neg", "neg Output"),
    ("Not", "not Output"),
    ("Rem", "rem Output"),
    ("RemAssign", "rem_assign"),
    ("Shl", "shl Output"),
    ("ShlAssign", "shl_assign"),
    ("Shr", "shr Output"),
    ("ShrAssign", "shr_assign"),
    ("Sub", "sub Output"),
    ("SubAssign", "sub_assign"),
];

/// Types, which bring in no methods. The standard library names traits and types alone with capital letters.
const TYPES: &str = "Arc Arguments AtomicBool AtomicI32 AtomicI64 AtomicIsize AtomicPtr AtomicU8 AtomicU16 AtomicU32 AtomicU64 \
    AtomicUsize BTreeMap BTreeSet Barrier BinaryHeap Bound Box BufReader BufWriter CStr CString Cell Child ChildStdin \
    ChildStdout Command Condvar Context ControlFlow Cow Cursor DefaultHasher Duration Entry ErrorKind ExitCode ExitStatus File \
    Formatter HashMap HashSet Infallible Instant IpAddr Ipv4Addr Ipv6Addr JoinHandle LazyCell LazyLock LinkedList Location \
    ManuallyDrop MaybeUninit Mutex MutexGuard NonNull NonZeroU32 NonZeroU64 NonZeroUsize Once OnceCell OnceLock OpenOptions \
    Option Ordering OsStr OsString ParseFloatError ParseIntError Path PathBuf Peekable PhantomData Pin Poll Range \
    RangeInclusive Rc Receiver RefCell Result Reverse RwLock RwLockReadGuard RwLockWriteGuard Sender SocketAddr Stdin Stdio \
    Stdout String SyncSender SystemTime TcpListener TcpStream Thread TypeId UdpSocket UnixListener UnixStream Utf8Error Vec \
    VecDeque Waker Weak Wrapping";

/// The members of the traits of this name, as hashes; `None` for a name that is in no table.
pub fn members(name: &str) -> Option<Vec<u64>> {
    let found = TRAITS.iter().find(|(of, _)| *of == name)?;
    Some(found.1.split_whitespace().map(name_print).collect())
}

/// The members of the traits with one of these names, all as hashes.
pub fn members_of(names: &HashSet<u64>) -> impl Iterator<Item = u64> {
    let all = TRAITS.iter().filter(|(name, _)| names.contains(&name_print(name)));
    all.flat_map(|(_, members)| members.split_whitespace()).map(name_print)
}

/// Whether the standard library's item of this name certainly is no trait.
pub fn is_no_trait(name: &str) -> bool {
    !name.starts_with(char::is_uppercase) || TYPES.split_whitespace().any(|known| known == name)
}

/// Whether a trait of the standard library has something of this name, as a hash.
pub fn is_member(name: u64) -> bool {
    static ALL: LazyLock<HashSet<u64>> =
        LazyLock::new(|| TRAITS.iter().flat_map(|(_, all)| all.split_whitespace()).map(name_print).collect());
    ALL.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traits_are_told_from_types() {
        assert_eq!(members("FromStr"), Some(vec![name_print("from_str"), name_print("Err")]));
        assert_eq!(members("Copy"), Some(Vec::new()));
        assert!(members("HashMap").is_none() && is_no_trait("HashMap") && is_no_trait("sleep"));
        assert!(members("Step").is_none() && !is_no_trait("Step"), "not known");
        assert!(is_member(name_print("count")) && !is_member(name_print("norm")));
    }

    #[test]
    fn no_name_is_in_both_tables() {
        assert!(TRAITS.iter().all(|(name, _)| !TYPES.split_whitespace().any(|known| known == *name)));
    }
}
