#pragma once

namespace thaw {

/// Sets up the C library's allocator for tensors: freed memory is kept and used again, in huge pages where
/// the system has them. By default every large tensor of a training step is new memory, and the system has to
/// clear its pages one by one. The peak memory of a training stays the same. Work on tensors of hundreds of
/// MiB with changing sizes may take more, since a free block need not fit the next tensor.
///
/// First thing in main(), before there are other threads. With another C library it does nothing.
void keepFreedMemory();

/// Returns kept memory that is not in use to the system, after a lot of work has ended. Any thread.
void returnFreedMemory();

} // namespace thaw
