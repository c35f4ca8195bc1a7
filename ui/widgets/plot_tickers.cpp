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
};

class LossTicker : public QCPAxisTicker
{
public:
    explicit LossTicker(bool log) : m_log(log) {}

protected:
    int getSubTickCount(double tickStep) override
    {
        return m_log ? 0 : QCPAxisTicker::getSubTickCount(tickStep);
    }

    QVector<double> createTickVector(double tickStep, const QCPRange& range) override
    {
        if (!m_log || range.lower <= 0 || range.upper / range.lower < 3) {
            return QCPAxisTicker::createTickVector(tickStep, range);
        }
        const double decades = std::log10(range.upper / range.lower);
        const int step = decades > 8 ? 2 : 1;
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

    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(tick, 'g', 3);
    }

private:
    bool m_log;
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

QSharedPointer<QCPAxisTicker> makeLossTicker(bool log)
{
    return QSharedPointer<LossTicker>::create(log);
}

QSharedPointer<QCPAxisTicker> makePercentTicker()
{
    return QSharedPointer<PercentTicker>::create();
}

} // namespace thaw::ui
