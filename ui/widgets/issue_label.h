#pragma once

#include <QLabel>

namespace thaw::ui {

class NumberBox;

/// What is wrong with the field above it, a line for each issue; hidden while nothing is.
class IssueLabel : public QLabel
{
    Q_OBJECT

public:
    explicit IssueLabel(const QString& objectName, QWidget* parent = nullptr);

    void add(const QString& text);
    void reset(); ///< takes back what was added

    /// Says what the box refuses, as long as it does. @param name of the field, where the label serves
    /// several
    void follow(NumberBox* box, const QString& name = {});

private:
    void showLines();

    QStringList m_issues;
    QStringList m_refusals; ///< of every box followed; empty where there is none
};

} // namespace thaw::ui
