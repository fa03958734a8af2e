using PondSentinel.Alerting;

namespace PondSentinel.Backend.Notification.Planning;

/// <summary>What is known of the attempts of a message. The numbers are stored: never renumber, only add.</summary>
[Flags]
internal enum AttemptMarks
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>One is under way; where it is read again nobody lived to note what came of it.</summary>
    UnderWay = 1,

    /// <summary>One may have been taken.</summary>
    Unknown = 2,

    /// <summary>At the last nobody was there to answer.</summary>
    Away = 4,

    /// <summary>At the last the receiver said when to come back.</summary>
    Asked = 8,

    /// <summary>Since it is set aside another was taken: the receiver takes messages, and not this one.</summary>
    Overtaken = 16,
}

/// <summary>What marks tell.</summary>
internal static class AttemptMarksReading
{
    extension(AttemptMarks marks)
    {
        /// <summary>Whether an attempt before may have reached the receiver, which has not said so.</summary>
        public bool MayBeTaken => (marks & (AttemptMarks.UnderWay | AttemptMarks.Unknown)) != 0;
    }
}

/// <summary>A message as it is kept.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Message">The message.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Marks">What is known of that.</param>
/// <param name="RestsUntil">When it is to be tried again; null for now.</param>
internal sealed record KeptMessage(
    long Number, AlertMessage Message, int Attempts, AttemptMarks Marks = AttemptMarks.None, DateTimeOffset? RestsUntil = null)
{
    /// <summary>So often it is tried before others go: a receiver is at times busy, and then the oldest is the next all the same.</summary>
    public const int AttemptsInARow = 3;

    /// <summary>So often it is tried as a whole where it is of several notices.</summary>
    public const int AttemptsWhole = 6;

    /// <summary>Most that are set aside at once. Each was made before it was known whether anything passes, and comes on its own when the
    /// receiver is well again: so few.</summary>
    public const int AsideMax = 8;

    /// <summary>Most that there are where the next tells of what fires and is high or urgent.</summary>
    public const int AsideMaxWherePressing = 16;

    /// <summary>Whether an attempt before may have reached the receiver, which has not said so.</summary>
    public bool MayBeTaken => Marks.MayBeTaken;

    /// <summary>Whether others go before it. Where nobody was there to answer the others would fare no better.</summary>
    public bool IsAside => Attempts >= AttemptsInARow && !Marks.HasFlag(AttemptMarks.Away);

    /// <summary>How severe what it tells is, where it presses: what fires or flaps and is high or urgent; else
    /// <see cref="Severity.Info"/>. A test, and what was told before, is never urgent.</summary>
    public Severity Press => Message.Kind == MessageKind.Test || (Message.Kind == MessageKind.Reminder && Message.Urgency == Severity.Urgent)
        ? Severity.High
        : Message.Urgency >= Severity.High ? Message.Urgency : Severity.Info;

    /// <summary>Whether another attempt waits for no limit of messages: an urgent alarm that may be lost must not be kept back by its own
    /// attempts.</summary>
    public bool IsBeyondRate => Press == Severity.Urgent && MayBeTaken;

    /// <summary>Whether it is to rest for longer.</summary>
    /// <param name="now">The time.</param>
    public bool IsResting(DateTimeOffset now) => RestsUntil > now;
}
