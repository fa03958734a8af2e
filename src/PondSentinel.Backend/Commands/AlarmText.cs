using System.Globalization;
using System.Text.Json;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Notification;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Terminal;

namespace PondSentinel.Backend.Commands;

/// <summary>Alarms for a terminal, and as a line of JSON.</summary>
internal static class AlarmText
{
    private const string Unreadable = "(this version of pond-backend cannot read what was told)";

    /// <summary>An alarm in a few lines.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="silences">Those in force.</param>
    public static IEnumerable<string> Lines(Alarm alarm, IReadOnlyList<Silence> silences)
    {
        yield return $"{alarm.Severity.Word,-6} {Phase(alarm),-8} {IsoTime.Seconds(alarm.OpenedAt)}  {alarm.Site}/{alarm.Station} {alarm.Device}.{alarm.Channel}";
        yield return $"  {alarm.Id}";
        if (alarm.FlapsSince is { } since)
        {
            yield return Line($"  has begun {alarm.Raises} times since {IsoTime.Seconds(since)}{(alarm.StandsStillAt is { } until ? $", stands still if nothing changes until {IsoTime.Seconds(until)}" : $", stands still since {IsoTime.Seconds(alarm.ChangedAt)}")}");
        }

        if (alarm.Acknowledged is { } taken)
        {
            yield return $"  acknowledged {IsoTime.Seconds(taken.At)} by {taken.By}{(taken.Note.Length > 0 ? $": {taken.Note}" : "")}";
        }

        if (silences.LastOrDefault(silence => silence.Covers(alarm)) is { } silenced)
        {
            yield return Line($"  silenced until {IsoTime.Seconds(silenced.Until)} (silence {silenced.Id})");
        }
    }

    /// <summary>All that is known of an alarm.</summary>
    /// <param name="account">The account.</param>
    /// <param name="silences">Those in force.</param>
    public static IEnumerable<string> Lines(AlarmAccount account, IReadOnlyList<Silence> silences) =>
    [
        .. Lines(account.Alarm, silences),
        .. account.Notices.SelectMany(notice => (IEnumerable<string>)
        [
            $"{IsoTime.Seconds(notice.MadeAt)} {Word(notice.Phase)}: {notice.Notice?.Summary ?? Unreadable}",
            .. notice.Fates.Select(fate => $"  {fate.Channel}: {Word(fate.Standing)}{(fate.Message is { } message ? $", {Told(message)}" : "")}"),
        ]),
        .. account.History.Select(Line),
    ];

    /// <summary>A silence.</summary>
    /// <param name="silence">The silence.</param>
    public static string Line(Silence silence) => Line(
        $"silence {silence.Id}: {silence.What} until {IsoTime.Seconds(silence.Until)} by {silence.By}: {silence.Why}");

    /// <summary>A line of the history.</summary>
    /// <param name="entry">What was done.</param>
    public static string Line(DeskEntry entry) => string.Join(' ', new[]
    {
        IsoTime.Seconds(entry.At), entry.Act.Word, entry.Alarm, entry.By is null ? null : $"by {entry.By}",
        entry.Note.Length > 0 ? $"({entry.Note})" : null,
    }.Where(part => part is not null));

    /// <summary>A message.</summary>
    /// <param name="message">What became of it.</param>
    public static string Line(MessageAccount message) => $"{IsoTime.Seconds(message.At)} {Told(message)} {message.Channel}: {Word(message.Standing)}{Behind(message)}";

    /// <summary>What came of a test.</summary>
    /// <param name="channel">The channel's name for people.</param>
    /// <param name="message">What became of it; null where the backend has not made it.</param>
    public static string Line(string channel, MessageAccount? message) => message is null
        ? $"{channel}: no backend has taken the test; is it running, with this configuration?"
        : $"{channel}: {Word(message.Standing)}{Behind(message)}";

    /// <summary>An alarm.</summary>
    /// <param name="alarm">The alarm.</param>
    /// <param name="silences">Those in force.</param>
    public static string Json(Alarm alarm, IReadOnlyList<Silence> silences) => JsonLine.Of(json => Write(json, alarm, silences));

    /// <summary>All that is known of an alarm.</summary>
    /// <param name="account">The account.</param>
    /// <param name="silences">Those in force.</param>
    public static string Json(AlarmAccount account, IReadOnlyList<Silence> silences) => JsonLine.Of(json =>
    {
        Write(json, account.Alarm, silences);
        json.WriteStartArray("notices");
        foreach (var notice in account.Notices)
        {
            json.WriteStartObject();
            json.WriteString("id", notice.Id);
            json.WriteString("phase", Word(notice.Phase));
            json.WriteString("made", IsoTime.Seconds(notice.MadeAt));
            json.WriteString("summary", notice.Notice?.Summary ?? Unreadable);
            json.WriteStartObject("fates");
            foreach (var fate in notice.Fates)
            {
                json.WriteString(fate.Channel, Word(fate.Standing));
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("history");
        foreach (var entry in account.History)
        {
            json.WriteStartObject();
            Write(json, entry);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>A silence.</summary>
    /// <param name="silence">The silence.</param>
    public static string Json(Silence silence) => JsonLine.Of(json =>
    {
        json.WriteNumber("silence", silence.Id);
        foreach (var (name, value) in new[] { ("rule", silence.Rule), ("site", silence.Site), ("station", silence.Station), ("device", silence.Device) })
        {
            if (value is not null)
            {
                json.WriteString(name, value);
            }
        }

        json.WriteString("from", IsoTime.Seconds(silence.From));
        json.WriteString("until", IsoTime.Seconds(silence.Until));
        json.WriteString("by", silence.By);
        json.WriteString("why", silence.Why);
    });

    /// <summary>A line of the history.</summary>
    /// <param name="entry">What was done.</param>
    public static string Json(DeskEntry entry) => JsonLine.Of(json => Write(json, entry));

    /// <summary>A message.</summary>
    /// <param name="message">What became of it.</param>
    public static string Json(MessageAccount message) => JsonLine.Of(json => Write(json, message));

    /// <summary>What came of a test.</summary>
    /// <param name="channel">The channel's name for people.</param>
    /// <param name="message">What became of it; null where the backend has not made it.</param>
    public static string Json(string channel, MessageAccount? message) => JsonLine.Of(json =>
    {
        json.WriteString("name", channel);
        if (message is not null)
        {
            Write(json, message);
        }
    });

    private static void Write(Utf8JsonWriter json, Alarm alarm, IReadOnlyList<Silence> silences)
    {
        json.WriteString("alarm", alarm.Id);
        json.WriteString("rule", alarm.Rule);
        json.WriteString("phase", Phase(alarm));
        json.WriteString("severity", alarm.Severity.Word);
        json.WriteString("site", alarm.Site);
        json.WriteString("station", alarm.Station);
        json.WriteString("gateway", alarm.Gateway);
        json.WriteString("device", alarm.Device);
        json.WriteString("channel", alarm.Channel);
        json.WriteString("opened", IsoTime.Seconds(alarm.OpenedAt));
        json.WriteString("changed", IsoTime.Seconds(alarm.ChangedAt));
        if (alarm.FlapsSince is { } since)
        {
            json.WriteNumber("raises", alarm.Raises);
            json.WriteString("flaps_since", IsoTime.Seconds(since));
            if (alarm.StandsStillAt is { } until)
            {
                json.WriteString("stands_still", IsoTime.Seconds(until));
            }
        }

        if (alarm.Acknowledged is { } taken)
        {
            json.WriteString("acknowledged", IsoTime.Seconds(taken.At));
            json.WriteString("acknowledged_by", taken.By);
            json.WriteString("acknowledged_note", taken.Note);
        }

        if (silences.LastOrDefault(silence => silence.Covers(alarm)) is { } silenced)
        {
            json.WriteString("silenced_until", IsoTime.Seconds(silenced.Until));
        }
    }

    private static void Write(Utf8JsonWriter json, DeskEntry entry)
    {
        json.WriteString("at", IsoTime.Seconds(entry.At));
        json.WriteString("act", entry.Act.Word);
        if (entry.Alarm is not null)
        {
            json.WriteString("alarm", entry.Alarm);
        }

        if (entry.By is not null)
        {
            json.WriteString("by", entry.By);
        }

        json.WriteString("note", entry.Note);
    }

    private static void Write(Utf8JsonWriter json, MessageAccount message)
    {
        json.WriteString("at", IsoTime.Seconds(message.At));
        json.WriteString("channel", message.Channel);
        json.WriteString("kind", Told(message));
        json.WriteString("standing", Word(message.Standing));
        json.WriteNumber("attempts", message.Attempts);
        if (message.Missed > 0)
        {
            json.WriteNumber("missed", message.Missed);
        }

        if (message.Reason is not null)
        {
            json.WriteString("reason", message.Reason);
        }
    }

    private static string Behind(MessageAccount message) => message switch
    {
        { Missed: > 0 and var missed, Reason: { } reason } => Line($" (missed by {missed}: {reason})"),
        { Reason: { Length: > 0 } reason } => Line($" ({reason}; {message.Attempts} {(message.Attempts == 1 ? "attempt" : "attempts")})"),
        _ => "",
    };

    private static string Phase(Alarm alarm) => alarm.IsFlapping ? "flapping" : Word(alarm.Phase);

    private static string Word(NoticeKind phase) => phase switch
    {
        NoticeKind.Firing => "firing",
        NoticeKind.Cleared => "cleared",
        NoticeKind.Past => "past",
        NoticeKind.Withdrawn => "withdrawn",
        _ => throw new ArgumentOutOfRangeException(nameof(phase), phase, "Not a defined phase."),
    };

    private static string Told(MessageAccount message) => message.Kind switch
    {
        MessageKind.Alert => "alert",
        MessageKind.Reminder => "reminder",
        MessageKind.Escalation => "escalation",
        MessageKind.Digest => "digest",
        MessageKind.Test => "test",
        _ => throw new ArgumentOutOfRangeException(nameof(message), message.Kind, "Not a defined kind."),
    };

    private static string Word(DeliveryStanding standing) => standing switch
    {
        DeliveryStanding.Waiting => "waits",
        DeliveryStanding.Delivered => "taken",
        DeliveryStanding.Refused => "refused for good",
        DeliveryStanding.Dropped => "dropped",
        DeliveryStanding.Merged => "told with a later one",
        DeliveryStanding.Silenced => "silenced",
        DeliveryStanding.Flapped => "came and went",
        DeliveryStanding.NotEscalated => "not escalated",
        DeliveryStanding.Remade => "made anew",
        DeliveryStanding.Halved => "refused as a whole, sent in parts",
        DeliveryStanding.Quieted => "explained by another",
        DeliveryStanding.Unreadable => "cannot be read",
        _ => throw new ArgumentOutOfRangeException(nameof(standing), standing, "Not a defined standing."),
    };

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
