#include "ui/widgets/issue_label.h"

#include "ui/theme.h"

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
    setText(this->text().isEmpty() ? text : this->text() + '\n' + text);
    show();
}

void IssueLabel::reset()
{
    clear();
    hide();
}

} // namespace thaw::ui
