#include "ui/run_controller.h"

#include "core/base/error.h"
#include "ui/settings/run_memory.h"
#include "ui/settings/save_settings.h"
#include "ui/text/path_text.h"

#include <variant>

namespace thaw::ui {

RunController::RunController(QObject* parent) : QObject(parent), m_job(new TrainingJob(this))
{
    connect(m_job, &TrainingJob::preparing, this, [this](Preparation what) {
        if (m_state == TrainingState::Preparing) {
            Q_EMIT preparing(what);
        }
    });
    connect(m_job, &JobThread::progressed, this, &RunController::progressed);
    connect(m_job, &TrainingJob::resuming, this, [this](const SavedRun& run) { handleLoaded(run, true); });
    connect(m_job, &TrainingJob::startingAgain, this,
            [this](const SavedRun& run) { handleLoaded(run, false); });
    connect(m_job, &TrainingJob::happened, this, &RunController::handleEvent);
    connect(m_job, &JobThread::failed, this, [this](const ErrorReport& error) { m_outcome.failure = error; });
    connect(m_job, &JobThread::finished, this, &RunController::handleEnd);
}

StartQuestion RunController::question() const
{
    if (!m_outcome.failure || m_outcome.wasHalted || isActive(m_state)) {
        return StartQuestion::None;
    }
    switch (m_outcome.failure->code) {
    case ErrorCode::PicturesLost:
        return m_attempt.terms.acceptLosses ? StartQuestion::Refused : StartQuestion::AcceptLosses;
    case ErrorCode::RunDiffers:
        return m_attempt.isNew                 ? StartQuestion::None
               : m_attempt.terms.acceptChanges ? StartQuestion::Refused
                                               : StartQuestion::AcceptChanges;
    case ErrorCode::NetworkUnavailable:
        return m_attempt.recipe && m_attempt.recipe->weights == "imagenet" ? StartQuestion::WithoutWeights
                                                                           : StartQuestion::None;
    default:
        return StartQuestion::None;
    }
}

bool RunController::start(const RunOrder& order)
{
    if (m_state == TrainingState::Paused) {
        return false;
    }
    Attempt next;
    next.begin = [this, order](const ResumeTerms& terms) {
        RunOrder agreed = order;
        agreed.acceptLosses = terms.acceptLosses;
        agreed.saving = saveSettings::options();
        return m_job->train(agreed);
    };
    next.isNew = true;
    next.dataset = order.dataset;
    next.recipe = order.recipe;
    return attempt(next);
}

bool RunController::resume(const std::filesystem::path& folder, const ResumeTerms& terms)
{
    Attempt next;
    next.begin = [this, folder](const ResumeTerms& agreed) { return m_job->resume(folder, agreed); };
    next.terms = terms;
    next.folder = folder;
    return attempt(next);
}

bool RunController::finishNow(const std::filesystem::path& folder)
{
    ResumeTerms terms;
    terms.finishNow = true;
    return resume(folder, terms);
}

bool RunController::startAgain(const std::filesystem::path& folder, const std::filesystem::path& runsRoot)
{
    Attempt next;
    next.begin = [this, folder, runsRoot](const ResumeTerms& terms) {
        return m_job->startAgain(folder, runsRoot, terms);
    };
    next.isNew = true;
    return attempt(next);
}

bool RunController::acceptAndRetry()
{
    Attempt again = m_attempt;
    switch (question()) {
    case StartQuestion::AcceptLosses:
        again.terms.acceptLosses = true;
        break;
    case StartQuestion::AcceptChanges:
        again.terms.acceptChanges = true;
        break;
    default:
        return false;
    }
    return attempt(again);
}

bool RunController::attempt(const Attempt& next)
{
    ResumeTerms terms = next.terms;
    terms.saving = saveSettings::options();
    if (isActive(m_state) || !next.begin(terms)) {
        return false;
    }
    m_attempt = next;
    m_recipe = m_attempt.recipe;
    m_outcome = {};
    m_outcome.isNew = m_attempt.isNew;
    m_state = TrainingState::Preparing;
    Q_EMIT begun(m_attempt.folder, m_attempt.dataset);
    Q_EMIT stateChanged(m_state);
    return true;
}

void RunController::pause()
{
    halt(TrainingState::Pausing);
}

void RunController::continueRun()
{
    if (m_state == TrainingState::Paused) {
        resume(folder());
    }
}

void RunController::stop()
{
    if (m_state != TrainingState::Paused) {
        halt(TrainingState::Stopping);
        return;
    }
    runMemory::forget(toText(folder()));
    m_job->forget();
    m_outcome.isPaused = false;
    setState(TrainingState::Idle);
    Q_EMIT pauseEnded(m_outcome);
}

void RunController::halt(TrainingState how)
{
    if (m_state != TrainingState::Preparing && m_state != TrainingState::Training) {
        return;
    }
    m_outcome.wasHalted = true;
    m_job->requestStop();
    setState(how);
}

void RunController::setState(TrainingState state)
{
    m_state = state;
    if (state == TrainingState::Idle) {
        m_recipe.reset();
    }
    Q_EMIT stateChanged(state);
}

void RunController::handleLoaded(const SavedRun& run, bool goesOn)
{
    m_recipe = run.recipe;
    Q_EMIT runLoaded(run, goesOn);
}

void RunController::handleEvent(const RunEvent& event)
{
    if (std::holds_alternative<BatchProgress>(event) && m_state != TrainingState::Training) {
        return;
    }
    if (const auto* started = std::get_if<RunStarted>(&event)) {
        m_outcome.folder = started->folder;
        runMemory::remember(toText(started->folder));
        if (m_state == TrainingState::Preparing) {
            setState(TrainingState::Training);
        }
    } else if (const auto* end = std::get_if<RunEnded>(&event)) {
        // A finished run that was asked to go on tells no more than this.
        m_outcome.folder = end->folder;
        m_outcome.record = end->record;
        m_outcome.hasCheckpoint = end->hasCheckpoint;
        m_outcome.isPaused = m_state == TrainingState::Pausing && end->record.state == RunState::Stopped;
    }
    Q_EMIT happened(event);
}

void RunController::handleEnd()
{
    if (!m_outcome.isPaused) {
        m_job->forget();
        // What failed to go on, or was not let to, keeps its place in the memory.
        if (m_outcome.record) {
            runMemory::forget(toText(folder()));
        }
    }
    setState(m_outcome.isPaused ? TrainingState::Paused : TrainingState::Idle);
    Q_EMIT ended(m_outcome);
}

} // namespace thaw::ui
