#include "ui/widgets/issue_label.h"

#include "ui/theme.h"
#include "ui/widgets/number_box.h"

namespace thaw::ui {

IssueLabel::IssueLabel(const QString& objectName, QWidget* parent) : QLabel(parent)
{
    setObjectName(objectName);
    letShrink(this);
    setTextFormat(Qt::PlainText);
    setProperty("role", "bad");
    hide();
}

void IssueLabel::add(const QString& text)
{
    m_issues << text;
    showLines();
}

void IssueLabel::reset()
{
    m_issues.clear();
    showLines();
}

void IssueLabel::follow(NumberBox* box, const QString& name)
{
    const qsizetype place = m_refusals.size();
    m_refusals << QString();
    connect(box, &NumberBox::refusalChanged, this, [this, place, name](const QString& refusal) {
        m_refusals[place] =
            name.isEmpty() || refusal.isEmpty() ? refusal : tr("%1: %2", "field, refusal").arg(name, refusal);
        showLines();
    });
}

void IssueLabel::showLines()
{
    QStringList lines = m_refusals + m_issues;
    lines.removeAll(QString());
    setText(lines.join('\n'));
    setVisible(!lines.isEmpty());
}

} // namespace thaw::ui
