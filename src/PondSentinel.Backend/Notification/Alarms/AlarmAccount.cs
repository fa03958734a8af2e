using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Notification.Alarms;

/// <summary>A message and what became of it.</summary>
/// <param name="At">When it was made.</param>
/// <param name="Channel">The channel's name in the outbox.</param>
/// <param name="Kind">What it was for.</param>
/// <param name="Standing">What became of it.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Reason">Why it was not taken at the last attempt, or not for all; null where it was or was not tried.</param>
/// <param name="Missed">How many recipients have not got it though it is delivered.</param>
public sealed record MessageAccount(
    DateTimeOffset At, string Channel, MessageKind Kind, DeliveryStanding Standing, int Attempts, string? Reason, int Missed)
{
    /// <summary>The columns of <c>notification_message</c> that <see cref="Read"/> reads.</summary>
    internal const string Columns = "m.made_ms, m.channel, m.kind, m.standing, m.attempts, m.reason, m.missed";

    internal static MessageAccount Read(SqliteDataReader reader) => new(
        reader.Instant(0), reader.GetString(1), (MessageKind)reader.GetInt32(2), (DeliveryStanding)reader.GetInt32(3),
        reader.GetInt32(4), reader.IsDBNull(5) ? null : reader.GetString(5), reader.GetInt32(6));
}

/// <summary>A notice and what became of it at a channel.</summary>
/// <param name="Channel">The channel's name in the outbox.</param>
/// <param name="Standing">What became of it.</param>
/// <param name="Message">The message that it is in; null for none.</param>
public sealed record NoticeFate(string Channel, DeliveryStanding Standing, MessageAccount? Message);

/// <summary>A notice and what became of it.</summary>
/// <param name="Id">The notice's identity.</param>
/// <param name="Phase">What it says.</param>
/// <param name="Notice">The notice; null where this version cannot read it.</param>
/// <param name="MadeAt">When it was made.</param>
/// <param name="Fates">What became of it at each channel.</param>
public sealed record NoticeAccount(
    string Id, NoticeKind Phase, AlertNotice? Notice, DateTimeOffset MadeAt, IReadOnlyList<NoticeFate> Fates);

/// <summary>All that is known of an alarm.</summary>
/// <param name="Alarm">The alarm.</param>
/// <param name="Notices">Its notices in order, at most the newest <see cref="NoticesMax"/>, each with its fate at every channel.
/// </param>
/// <param name="History">What people did with it, the newest first.</param>
public sealed record AlarmAccount(
    Alarm Alarm,
    IReadOnlyList<NoticeAccount> Notices,
    IReadOnlyList<DeskEntry> History)
{
    /// <summary>Most notices.</summary>
    public const int NoticesMax = 50;

    private const int HistoryMax = 50;

    internal static AlarmAccount Of(SqliteTransaction transaction, Alarm alarm)
    {
        var notices = transaction.Query(
            "SELECT number, made_ms, body, id, phase FROM notification WHERE alarm = $alarm ORDER BY number DESC LIMIT $most",
            reader => (Number: reader.GetInt64(0), At: reader.Instant(1), Body: reader.GetString(2), Id: reader.GetString(3), Phase: (NoticeKind)reader.GetInt32(4)),
            ("$alarm", alarm.Id), ("$most", NoticesMax));
        notices.Reverse();
        return new AlarmAccount(
            alarm,
            notices.ConvertAll(row => new NoticeAccount(row.Id, row.Phase, AlertNotice.Read(row.Body, out _), row.At, FatesOf(transaction, row.Number))),
            new DeskHistory(transaction).Newest(alarm.Id, HistoryMax));
    }

    private static List<NoticeFate> FatesOf(SqliteTransaction transaction, long number) => transaction.Query(
        $"""
        SELECT {MessageAccount.Columns}, d.channel, d.standing FROM notification_delivery d
        LEFT JOIN notification_message m ON m.number = d.message WHERE d.number = $number ORDER BY d.channel
        """,
        reader => new NoticeFate(
            reader.GetString(7), (DeliveryStanding)reader.GetInt32(8), reader.IsDBNull(0) ? null : MessageAccount.Read(reader)),
        ("$number", number));
}
