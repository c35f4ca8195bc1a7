#pragma once

#include <QSharedPointer>

class QCPAxisTicker;

namespace thaw::ui {

/// Whole epochs only.
QSharedPointer<QCPAxisTicker> makeEpochTicker();
QSharedPointer<QCPAxisTicker> makeLossTicker();
/// For a logarithmic axis: 1, 2, 5, 10 … where few decades are in sight: a loss often stays within one, where
/// powers of ten show nothing.
/// @param zeroAt where zero is drawn; no number: nowhere
QSharedPointer<QCPAxisTicker> makeLogLossTicker(double zeroAt);
/// Shares as percentages.
QSharedPointer<QCPAxisTicker> makePercentTicker();

} // namespace thaw::ui
