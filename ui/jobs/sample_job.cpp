#include "ui/jobs/sample_job.h"

#include "core/data/sample/sample_dataset.h"
#include "ui/session.h"
#include "ui/text/plain_text.h"

namespace thaw::ui {

SampleJob::SampleJob(QObject* parent) : JobThread(parent) {}

SampleJob::~SampleJob()
{
    stopAndWait();
}

bool SampleJob::obtain()
{
    return start([this](const std::stop_token& stop) {
        if (const auto sample = obtainSampleDataset({messageCallback(), progressCallback()}, stop)) {
            Q_EMIT obtained(toText(sample->folder), plainLines(sample->note));
        }
    });
}

} // namespace thaw::ui
