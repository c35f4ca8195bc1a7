#pragma once

#include <QLabel>

namespace thaw::ui {

/// What is wrong with the field above it, a line for each issue; hidden while nothing is.
class IssueLabel : public QLabel
{
    Q_OBJECT

public:
    explicit IssueLabel(const QString& objectName, QWidget* parent = nullptr);

    void add(const QString& text);
    void reset();
};

} // namespace thaw::ui
