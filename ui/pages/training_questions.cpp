#include "ui/pages/training_questions.h"

#include "ui/dialogs.h"

#include <QCoreApplication>

namespace thaw::ui {

namespace {

struct TrainingQuestions
{
    Q_DECLARE_TR_FUNCTIONS(thaw::ui::TrainingQuestions)
};

} // namespace

bool confirmAction(QWidget* parent, RunAction action)
{
    using Words = TrainingQuestions;
    const auto ask = [parent](const QString& title, const QString& text, const QString& yes) {
        return Dialogs::confirm(parent, title, text, yes, Words::tr("Not now"));
    };
    switch (action) {
    case RunAction::Continue:
        break;
    case RunAction::ContinueSlower:
        return ask(
            Words::tr("Continue with a tenth of the learning rate?"),
            Words::tr(
                "The run goes on from where it was saved. The rates of the phase in progress and of those "
                "after it become a tenth, in the run's recipe too."),
            Words::tr("Continue"));
    case RunAction::StartAgain:
        return ask(
            Words::tr("Start this run again?"),
            Words::tr(
                "A new run begins with the same settings and pictures. The one of before stays as it is."),
            Words::tr("Start again"));
    case RunAction::FinishNow:
        return ask(
            Words::tr("Finish this run now?"),
            Words::tr("Its best weights so far are tested, and that is the result. It cannot be continued "
                      "then."),
            Words::tr("Finish now"));
    }
    return true;
}

bool confirmStart(QWidget* parent, StartQuestion question, const ErrorReport& failure)
{
    using Words = TrainingQuestions;
    switch (question) {
    case StartQuestion::None:
        break;
    case StartQuestion::Refused:
        Dialogs::showError(parent, failure);
        break;
    case StartQuestion::AcceptLosses:
        return Dialogs::confirm(parent, Words::tr("Train without the pictures that are lost?"),
                                failure.detail, Words::tr("Train without them"), Words::tr("Not now"));
    case StartQuestion::AcceptChanges:
        return Dialogs::confirm(parent, Words::tr("Continue although something differs?"), failure.detail,
                                Words::tr("Continue anyway"), Words::tr("Leave it"));
    case StartQuestion::WithoutWeights:
        return Dialogs::confirm(
            parent, Words::tr("Train without ImageNet weights?"),
            Words::tr("They could not be fetched.") + '\n' + errorText(failure) + "\n\n" +
                Words::tr("Without them the base starts from random numbers: expect poor results."),
            Words::tr("Train without"), Words::tr("Not now"));
    }
    return false;
}

} // namespace thaw::ui
