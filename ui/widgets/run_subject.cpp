#include "ui/widgets/run_subject.h"

#include "ui/text/plain_text.h"
#include "ui/theme.h"

#include <algorithm>

namespace thaw::ui {

RunSubject::RunSubject(QWidget* parent) : QLabel(parent)
{
    setNames(this, "trainingSubject", tr("Run and data set"));
    setTextFormat(Qt::PlainText);
    setProperty("role", "muted");
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    hide();
}

void RunSubject::showRun(const QString& name, const QString& dataset)
{
    m_name = plainLine(name);
    m_dataset = plainLine(dataset);
    setToolTip(plainToolTip(m_name + '\n' + m_dataset));
    fit();
    setVisible(!name.isEmpty());
}

QSize RunSubject::minimumSizeHint() const
{
    return {0, QLabel::minimumSizeHint().height()};
}

void RunSubject::resizeEvent(QResizeEvent* event)
{
    QLabel::resizeEvent(event);
    fit();
}

/// The name takes up to half of the line, the path what is left.
void RunSubject::fit()
{
    const QFontMetrics metrics = fontMetrics();
    if (m_dataset.isEmpty()) {
        setText(metrics.elidedText(tr("Run %1").arg(m_name), Qt::ElideMiddle, contentsRect().width()));
        return;
    }
    const QString frame = tr("Run %1 on %2", "a run's name, a data set's path");
    const int room = std::max(0, contentsRect().width() - metrics.horizontalAdvance(frame.arg("", "")));
    const QString name = metrics.elidedText(m_name, Qt::ElideMiddle, room / 2);
    const QString dataset =
        metrics.elidedText(m_dataset, Qt::ElideMiddle, room - metrics.horizontalAdvance(name));
    setText(frame.arg(name, dataset));
}

} // namespace thaw::ui
