#pragma once

namespace thaw {

/// The most memory that this process has held so far, in bytes, without the pages of libraries and of other
/// files, which the system can drop and read again. 0 where the system does not say (it is Linux that does).
double peakOwnMemory();

/// What this process held of its own before it began its work: the libraries' heaps, and their pages that the
/// loader fitted to their place. In bytes; 0 where the system does not say.
double ownMemoryAtStart();

/// Bytes that programs can still have without others being swapped out; 0 where the system does not say.
double availableMemory();

/// For the start of a program: libraries that decode and compute crash on a small stack (at 128 KiB they do).
/// @throws Error OutOfMemory when the user's limit (ulimit -s) is below 1 MiB
void requireStack();

} // namespace thaw
