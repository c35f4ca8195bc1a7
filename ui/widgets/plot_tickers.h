#pragma once

#include <QSharedPointer>

class QCPAxisTicker;

namespace thaw::ui {

/// Whole epochs only.
QSharedPointer<QCPAxisTicker> makeEpochTicker();
/// On a logarithmic axis 1, 2, 5, 10 … where few decades are in sight: a loss often stays within one, where
/// powers of ten show nothing.
QSharedPointer<QCPAxisTicker> makeLossTicker(bool log);
/// Shares as percentages.
QSharedPointer<QCPAxisTicker> makePercentTicker();

} // namespace thaw::ui
