#include "ui/widgets/model_choice.h"

#include "ui/dialogs.h"
#include "ui/text/path_text.h"
#include "ui/text/plain_text.h"
#include "ui/text/training_words.h"
#include "ui/theme.h"

#include <QSettings>
#include <QSignalBlocker>

#include <algorithm>

namespace thaw::ui {

namespace {

/// Of the last item, which is no path.
const QString fileItem = QStringLiteral("file…");

QString runText(const SavedRun& run)
{
    const QString name = plainLine(run.folder.filename().native());
    switch (run.record.state) {
    case RunState::Finished:
        return run.record.test ? ModelChoice::tr("%1, %2 right")
                                     .arg(name, accuracyText(run.record.test->score.accuracy,
                                                             run.record.test->score.images))
                               : name;
    case RunState::Stopped:
        return ModelChoice::tr("%1 (stopped)").arg(name);
    default:
        return ModelChoice::tr("%1 (failed)").arg(name);
    }
}

} // namespace

ModelChoice::ModelChoice(const QString& settingsKey, QWidget* parent)
    : QComboBox(parent), m_settingsKey(settingsKey), m_chosen(QSettings().value(settingsKey).toString())
{
    setNames(this, "modelChoice", tr("Model to ask"));
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(24);
    setToolTip(tr("The trained model that is asked"));
    connect(this, &QComboBox::activated, this, &ModelChoice::take);
    fill();
}

void ModelChoice::setListing(const RunListing& runs, const KeptFiles& kept)
{
    m_runs.clear();
    m_newest.clear();
    for (const SavedRun& run : runs.runs) { // newest first
        if (!kept.best.contains(run.folder) || run.record.state == RunState::Running) {
            continue;
        }
        m_runs.push_back({run.folder, runText(run)});
        if (m_newest.empty() && run.record.state == RunState::Finished) {
            m_newest = run.folder;
        }
    }
    if (m_newest.empty() && !m_runs.empty()) {
        m_newest = m_runs.front().folder;
    }
    fill();
}

void ModelChoice::fill()
{
    {
        const QSignalBlocker blocker(this);
        fillItems();
    }
    if (m_told != source()) {
        m_told = source();
        Q_EMIT sourceChanged();
    }
}

void ModelChoice::fillItems()
{
    clear();
    const auto newest =
        std::find_if(m_runs.begin(), m_runs.end(), [&](const Entry& run) { return run.folder == m_newest; });
    if (newest != m_runs.end()) {
        addItem(tr("Newest run: %1").arg(newest->text), QString());
    }
    for (const Entry& run : m_runs) {
        addItem(run.text, toText(run.folder));
    }
    if (!m_chosen.isEmpty() && findData(m_chosen) < 0) { // a file, or a run that lies elsewhere
        addItem(plainLine(toPath(m_chosen).filename().native()), m_chosen);
    }
    for (int i = 0; i < count(); ++i) {
        setItemData(i, plainToolTip(itemData(i).toString()), Qt::ToolTipRole);
    }
    addItem(tr("Open a model file…"), fileItem);
    setPlaceholderText(tr("No trained run yet"));
    setCurrentIndex(m_chosen.isEmpty() ? (m_newest.empty() ? -1 : 0) : findData(m_chosen));
}

std::filesystem::path ModelChoice::source() const
{
    return m_chosen.isEmpty() ? m_newest : toPath(m_chosen);
}

void ModelChoice::choose(const std::filesystem::path& source)
{
    m_chosen = toText(source);
    QSettings().setValue(m_settingsKey, m_chosen);
    fill();
}

void ModelChoice::take(int index)
{
    const QString chosen = itemData(index).toString();
    if (chosen != fileItem) {
        choose(toPath(chosen));
        return;
    }
    if (const auto file = Dialogs::chooseFile(this, tr("Open a model file"), tr("Models (*.safetensors)"))) {
        choose(toPath(*file));
    } else {
        fill(); // back to what it was
    }
}

} // namespace thaw::ui
