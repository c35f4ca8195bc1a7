#pragma once

namespace thaw {

/// From now on exit(), whoever calls it, first has every job stop: a training saves as it does when the
/// window is closed, and the next start offers to go on with it. Qt calls it where the X server goes away,
/// without another word to the program. Once in a program, in its main thread, before its event loop.
void saveAtExit();

/// For the end of main(), before the window goes: as above. Reading that a disk holds up by not answering is
/// given a few seconds, and then the program ends where it is. @return `status`
int endWell(int status);

} // namespace thaw
