#pragma once

#include "ui/text/error_text.h"

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace thaw::ui {

/// A message in its place on a page: an icon, a title, what to do, and a way to close it. Hidden while empty.
class MessageBanner : public QFrame
{
    Q_OBJECT

public:
    enum class Kind { Info, Warning, Error };

    explicit MessageBanner(QWidget* parent = nullptr);

    void showMessage(Kind kind, const QString& title, const QString& text);
    void showError(const ErrorReport& error);
    /// Whether there is a button to close it; there is unless said otherwise.
    void setCloseable(bool closeable);
    /// Another button beside Close.
    QPushButton* addButton(const QString& text, const char* name);
    QString title() const;
    QString text() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void showIcon();

    Kind m_kind = Kind::Info;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_text;
    QHBoxLayout* m_buttons;
    QPushButton* m_close;
};

} // namespace thaw::ui
