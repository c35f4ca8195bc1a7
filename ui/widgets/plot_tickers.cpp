#include "ui/widgets/plot_tickers.h"

#include <QCoreApplication>
#include <QLocale>
#include <qcustomplot.h>

#include <algorithm>
#include <cmath>

namespace thaw::ui {

namespace {

class EpochTicker : public QCPAxisTicker
{
protected:
    double getTickStep(const QCPRange& range) override
    {
        return std::max(1.0, std::ceil(QCPAxisTicker::getTickStep(range)));
    }
    int getSubTickCount(double) override { return 0; }

    QVector<double> createTickVector(double step, const QCPRange& range) override
    {
        QVector<double> ticks = QCPAxisTicker::createTickVector(step, range);
        ticks.removeIf([](double tick) { return tick < 1; }); // they count from one
        return ticks;
    }
};

class LossTicker : public QCPAxisTicker
{
public:
    explicit LossTicker(double zeroAt) : m_log(true), m_zeroAt(zeroAt) {}
    LossTicker() : m_log(false), m_zeroAt(0) {}

protected:
    int getSubTickCount(double tickStep) override
    {
        return m_log ? 0 : QCPAxisTicker::getSubTickCount(tickStep);
    }

    QVector<double> createTickVector(double tickStep, const QCPRange& range) override
    {
        if (!m_log || range.lower <= 0) {
            return QCPAxisTicker::createTickVector(tickStep, range);
        }
        const double decades = std::log10(range.upper) - std::log10(range.lower);
        QVector<double> ticks = decades < std::log10(3) ? QCPAxisTicker::createTickVector(tickStep, range)
                                                        : decadeTicks(range, decades);
        if (m_zeroAt > 0) {
            // Labels beside that of zero would run into it.
            const double above = m_zeroAt * std::pow(10, decades * 0.06);
            ticks.removeIf([above](double tick) { return tick < above; });
            ticks.prepend(m_zeroAt);
        }
        return ticks;
    }

    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(m_log && tick == m_zeroAt ? 0 : tick, 'g', 3);
    }

private:
    static QVector<double> decadeTicks(const QCPRange& range, double decades)
    {
        const int step = std::max(1, int(std::ceil(decades / 8)));
        QVector<double> ticks;
        for (int k = int(std::floor(std::log10(range.lower))); k <= int(std::ceil(std::log10(range.upper)));
             k += step)
        {
            ticks << std::pow(10.0, k);
            if (decades < 3.2) {
                ticks << 2 * std::pow(10.0, k) << 5 * std::pow(10.0, k);
            }
        }
        return ticks;
    }

    bool m_log;
    double m_zeroAt; ///< where zero is drawn on the logarithmic axis; no number: nowhere
};

class PercentTicker : public QCPAxisTicker
{
protected:
    QVector<double> createTickVector(double step, const QCPRange& range) override
    {
        QVector<double> ticks = QCPAxisTicker::createTickVector(step, range);
        // What lies above is room for words.
        const double most = 1 + step / 1000;
        ticks.erase(std::remove_if(ticks.begin(), ticks.end(), [most](double tick) { return tick > most; }),
                    ticks.end());
        return ticks;
    }
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return QCoreApplication::translate("MetricsPlot", "%1 %")
            .arg(locale.toString(std::round(tick * 1000) / 10, 'g', 4));
    }
};

} // namespace

QSharedPointer<QCPAxisTicker> makeEpochTicker()
{
    return QSharedPointer<EpochTicker>::create();
}

QSharedPointer<QCPAxisTicker> makeLossTicker()
{
    return QSharedPointer<LossTicker>::create();
}

QSharedPointer<QCPAxisTicker> makeLogLossTicker(double zeroAt)
{
    return QSharedPointer<LossTicker>::create(zeroAt);
}

QSharedPointer<QCPAxisTicker> makePercentTicker()
{
    return QSharedPointer<PercentTicker>::create();
}

} // namespace thaw::ui
