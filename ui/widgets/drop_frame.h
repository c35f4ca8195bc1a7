#pragma once

#include <QFrame>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace thaw::ui {

/// A large dashed frame that says what may be dropped, with buttons that do the same. Whoever takes the drop
/// says when something is dragged over it.
class DropFrame : public QFrame
{
    Q_OBJECT

public:
    DropFrame(const QString& title, const QString& text, QWidget* parent = nullptr);

    /// The first one is the primary.
    QPushButton* addButton(const QString& text, const char* name, const QString& accessibleName);
    void setText(const QString& text); ///< below the title
    void setDragged(bool dragged);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void showIcon();

    QLabel* m_icon;
    QLabel* m_text;
    QHBoxLayout* m_buttons;
    int m_buttonCount = 0;
    bool m_dragged = false;
};

} // namespace thaw::ui
