#pragma once

#include <QStringList>

namespace thaw::ui {

/// Which runs this user's windows left unfinished, and about which of them nobody wants to hear again. Kept
/// in the window's settings: taste, not part of any run.
namespace runMemory {

/// A run begins or goes on: unfinished until forgotten, and no longer dismissed.
void remember(const QString& folder);
/// It ended as its user wanted.
void forget(const QString& folder);
QStringList unfinished();
void dismiss(const QString& folder);
QStringList dismissed();

} // namespace runMemory

} // namespace thaw::ui
