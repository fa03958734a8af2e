using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>A notice that waits for a channel and is in no message yet.</summary>
/// <param name="Number">Its number in the outbox: the order.</param>
/// <param name="Id">Its identity.</param>
/// <param name="Episode">Its episode.</param>
/// <param name="Alarm">Its alarm.</param>
/// <param name="Phase">What it says.</param>
/// <param name="MadeAt">When it was made.</param>
/// <param name="WasSilenced">Whether a silence has held it back.</param>
/// <param name="WasQuiet">Whether another alarm has held it back.</param>
/// <param name="WasHeld">Whether the channel's limit of messages has held it back.</param>
internal sealed record WaitingNotice(
    long Number, string Id, string Episode, string Alarm, NoticeKind Phase, DateTimeOffset MadeAt, bool WasSilenced, bool WasQuiet,
    bool WasHeld);

/// <summary>What a channel was last told of a thread: of an alarm, or of one episode where each is told.</summary>
/// <param name="Phase">What the last notice said.</param>
/// <param name="At">When.</param>
/// <param name="Reminders">How often it was reminded of since.</param>
/// <param name="Flap">What it was told of its coming and going.</param>
/// <param name="IsInDoubt">Whether nobody knows if it took what it was told last: then it is told again that something fires, and told
/// the end in any case. <paramref name="Phase"/> is <see cref="NoticeKind.Firing"/> then.</param>
/// <param name="Severity">How severe it was told to be; null where an earlier version told it.</param>
internal sealed record Told(
    NoticeKind Phase, DateTimeOffset At, int Reminders, ToldFlap Flap, bool IsInDoubt = false, Severity? Severity = null)
{
    /// <summary>Whether the channel knows for sure that it fires.</summary>
    public bool IsFiring => Phase == NoticeKind.Firing && !IsInDoubt;
}

/// <summary>What a channel was told of an alarm that comes and goes. The numbers are stored: never renumber, only add.</summary>
internal enum ToldFlap : byte
{
    /// <summary>Nothing.</summary>
    Nothing = 0,

    /// <summary>That it does.</summary>
    Begins = 1,

    /// <summary>That it stands still.</summary>
    IsOver = 2,
}
