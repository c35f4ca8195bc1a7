#pragma once

#include <QString>
#include <QWidget>

#include <string>
#include <vector>

namespace thaw::ui {

/// "97.5 %". No network is wholly sure: "> 99.9 %" and "< 0.1 %" where it rounds to all or nothing.
QString probabilityText(double probability);

/// The likeliest classes as bars with names and percentages, the likeliest first. Where the truth is known it
/// has a tick, and a row below the others if it is not among them. Ctrl+C and the context menu copy the rows
/// as text.
class ProbabilityBars : public QWidget
{
    Q_OBJECT

public:
    explicit ProbabilityBars(QWidget* parent = nullptr);

    /// @param probabilities one a class @param truth a class, −1 where it is not known
    /// @param count of rows at most, without the truth's own
    void setAnswer(const std::vector<std::string>& classes, const std::vector<double>& probabilities,
                   int truth = -1, int count = 5);
    void clear();
    /// A line a class: name, tabulator, percentage.
    QString text() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

public Q_SLOTS:
    void copy() const;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Row
    {
        QString name;
        double probability = 0;
        bool isTruth = false;
    };

    int rowHeight() const;
    QRect rowRect(std::size_t row) const;
    void showRows(std::vector<Row> rows);

    std::vector<Row> m_rows;
};

} // namespace thaw::ui
