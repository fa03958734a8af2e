using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Web.Desk;

/// <summary>Values of one channel that the store refused for one cause.</summary>
/// <param name="First">The first of them as it is noted.</param>
/// <param name="Count">How many.</param>
/// <param name="FirstMs">When the earliest was measured, ms since 1970.</param>
/// <param name="LastMs">When the latest was measured, ms since 1970.</param>
internal sealed record LetterGroup(DeadLetter First, int Count, long FirstMs, long LastMs);

/// <summary>A day of messages that were refused whole.</summary>
/// <param name="Day">The UTC day, as its file is named.</param>
/// <param name="Waits">Whether a copy of it waits to be taken in once more.</param>
/// <param name="Accounts">How its records stand, by gateway; null where that was not read, for want of room.</param>
internal sealed record RefusedDay(string Day, bool Waits, IReadOnlyList<RefusedAccount>? Accounts);

/// <summary>What was refused and lies in the backend's folder.</summary>
/// <param name="LetterDays">Days with dead letters, oldest first.</param>
/// <param name="UnreadDays">How many of them were not read, for want of room.</param>
/// <param name="WaitingDays">Days whose letters are being given to the store.</param>
/// <param name="UnreadableLines">Lines among them that are no letters.</param>
/// <param name="Letters">By channel and cause, the latest first.</param>
/// <param name="Messages">Days of messages refused whole, of which something is refused still or waits; the latest first.</param>
/// <param name="OlderDays">How many days of these are not told of.</param>
internal sealed record RefusedNow(
    IReadOnlyList<string> LetterDays,
    int UnreadDays,
    int WaitingDays,
    int UnreadableLines,
    IReadOnlyList<LetterGroup> Letters,
    IReadOnlyList<RefusedDay> Messages,
    int OlderDays);

/// <summary>Reads what was refused: the newest days first, as much of them as may be read. What it costs is bounded: it rests for twenty
/// times as long as it has read.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="folder">The backend's folder.</param>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="time">The clock.</param>
/// <param name="bytesMost">Most bytes that are read of each of the two folders: 2 to 3 s on a busy machine.</param>
internal sealed class RefusedReader(string folder, Func<SqliteConnection> open, TimeProvider time, long bytesMost = 16 * 1024 * 1024)
{
    private const int DaysMost = 62;
    private const int RestTimes = 20;
    private static readonly TimeSpan RestMin = TimeSpan.FromSeconds(2);

    private readonly LetterFolder letters = new(folder);
    private readonly RefusedFolder messages = new(folder);
    private readonly Lock gate = new();
    private (RefusedNow What, long ReadAt, TimeSpan RestFor)? known;

    /// <summary>What there is now, as of a few seconds ago.</summary>
    /// <exception cref="IOException">The folder or the database cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder is somebody else's.</exception>
    /// <exception cref="SqliteException">The database cannot be read.</exception>
    public RefusedNow Now
    {
        get
        {
            lock (gate)
            {
                if (known is not { } last || time.GetElapsedTime(last.ReadAt) >= last.RestFor)
                {
                    var begun = time.GetTimestamp();
                    var what = Read();
                    var end = time.GetTimestamp();
                    var rest = RestTimes * time.GetElapsedTime(begun, end);
                    known = last = (what, end, rest > RestMin ? rest : RestMin);
                }

                return last.What;
            }
        }
    }

    /// <summary>Something was handed over: whoever asks next sees it.</summary>
    public void Forget()
    {
        lock (gate)
        {
            known = null;
        }
    }

    private RefusedNow Read()
    {
        var days = letters.Days;
        var (groups, unread, unreadable) = Letters(days);
        var refused = Messages();
        return new RefusedNow(
            [.. days.Select(NameOf)], unread, letters.Waiting.Count, unreadable, groups, refused, Math.Max(messages.Days.Count - DaysMost, 0));
    }

    private (List<LetterGroup> Groups, int Unread, int Unreadable) Letters(IReadOnlyList<string> days)
    {
        Dictionary<(SeriesKey, string), LetterGroup> groups = [];
        var (unread, unreadable, room) = (0, 0, bytesMost);
        foreach (var file in days.Reverse())
        {
            if (!Fits(file, ref room))
            {
                unread++;
                continue;
            }

            foreach (var line in LinesOf(file))
            {
                if (DeadLetter.TryParse(line, out var letter))
                {
                    var (key, ms) = ((SeriesKey.Of(letter.Point), letter.Cause), letter.Point.TimeMs);
                    groups[key] = groups.TryGetValue(key, out var before)
                        ? before with { Count = before.Count + 1, FirstMs = Math.Min(before.FirstMs, ms), LastMs = Math.Max(before.LastMs, ms) }
                        : new LetterGroup(letter, 1, ms, ms);
                }
                else
                {
                    unreadable++;
                }
            }
        }

        return ([.. groups.Values.OrderByDescending(group => group.LastMs)], unread, unreadable);
    }

    private List<RefusedDay> Messages()
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction(deferred: true);
        List<RefusedDay> days = [];
        var room = bytesMost;
        foreach (var file in messages.Days.Reverse().Take(DaysMost))
        {
            var accounts = Fits(file, ref room) ? RefusedAccount.Of(transaction, file) : null;
            var day = new RefusedDay(NameOf(file), messages.IsWaiting(NameOf(file)), accounts);
            if (day.Waits || accounts is null || accounts.Any(account => account.StillRefused + account.Unreadable > 0))
            {
                days.Add(day);
            }
        }

        return days;
    }

    private static bool Fits(string file, ref long room)
    {
        var length = new FileInfo(file) is { Exists: true } info ? info.Length : 0;
        var fits = length <= room;
        room -= fits ? length : 0;
        return fits;
    }

    // A day may be handed over while it is read.
    private static IEnumerable<string> LinesOf(string file)
    {
        try
        {
            return File.ReadLines(file);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    private static string NameOf(string file) => Path.GetFileNameWithoutExtension(file);
}
