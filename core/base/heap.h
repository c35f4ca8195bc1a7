#pragma once

namespace thaw {

/// Sets the C library's allocator up for tensors: what is freed is kept and given out again, in huge pages
/// where the system has them. As it is otherwise, every larger tensor of a training step is new memory, whose
/// pages the system has to clear one by one. Trainings take no more memory at most for it; work on tensors of
/// hundreds of MiB in ever other sizes may, since what is free need not fit the next one.
///
/// First thing in main(), before there are other threads. With another C library it does nothing.
void keepFreedMemory();

/// Gives back to the system what is kept and not in use, once much work has ended. Any thread.
void returnFreedMemory();

} // namespace thaw
