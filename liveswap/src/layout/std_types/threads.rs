//! What threads share: locks, channels, and the threads themselves.

use std::sync::{Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, mpsc};
use std::thread::{JoinHandle, Thread, ThreadId};

primitives!(Barrier, Condvar, Once, Thread, ThreadId, std::task::Waker, mpsc::RecvError, mpsc::TryRecvError);

over!([T] Mutex<T>, [T] RwLock<T>, [T] OnceLock<T>, [T] mpsc::SendError<T>);
// What these lead to is also in other hands.
whole_over!(
    [T, F] LazyLock<T, F>, [T] mpsc::Sender<T>, [T] mpsc::SyncSender<T>, [T] mpsc::Receiver<T>, [T] JoinHandle<T>,
);
