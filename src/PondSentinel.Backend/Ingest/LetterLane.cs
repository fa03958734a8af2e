using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Gives dead letters to the store again, once a person has mended why it refused them: the files in
/// <c>dead-letters/again/</c>, oldest first, some records at a time.</summary>
/// <remarks>
/// <para>What the store takes now observers see, and a record of which it refuses nothing any more is settled as stored, in the
/// transaction that also notes how far the file is done; so after a crash nobody sees a point twice. What it refuses again goes
/// back to the file of its day, whatever room there is.</para>
/// <para>Used by one at a time, and never while a group of batches is being written. Only the write runs beside its owner.</para>
/// </remarks>
/// <param name="parts">What ingest works with.</param>
/// <param name="folder">The folder of dead letters.</param>
internal sealed class LetterLane(IngestParts parts, LetterFolder folder) : IDisposable
{
    private const int LettersMax = 2_000;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly List<string> unreadable = [];
    private Dictionary<Point, DeadLetter> letters = [];
    private List<LetterPoint> standing = [];
    private WriteOutcome? outcome;
    private LetterFile? file;
    private string? trouble;
    private long restingSince;
    private bool rests;
    private (long Taken, long Refused, long Unreadable) tally;

    /// <summary>The write under way; null where there is none. True where the store has answered.</summary>
    public Task<bool>? Writing { get; private set; }

    /// <summary>Begins with the next letters, where any wait.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public void Begin(CancellationToken cancellationToken)
    {
        if (Writing is not null || (rests && parts.Time.GetElapsedTime(restingSince) < Rest))
        {
            return;
        }

        rests = false;
        try
        {
            if (letters.Count == 0 && !ReadOn())
            {
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note($"{e.Message.TrimEnd('.')}. Give {folder.Again} to the user that runs the backend.");
            TakeRest();
            return;
        }

        standing = parts.State.Read(Standing);
        Writing = WriteAsync(cancellationToken);
    }

    /// <summary>Settles what the store has taken. After <see cref="Writing"/> has completed.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        var answered = await Writing!;
        Writing = null;
        if (!answered)
        {
            TakeRest();
            return;
        }

        var refused = outcome!.Refused;
        var stored = outcome.Stored(standing).ToHashSet<Point>(ReferenceEqualityComparer.Instance);
        var told = false;
        await parts.State.CommitAsync(transaction => told = Settle(transaction, stored, refused), null, cancellationToken);
        if (told)
        {
            foreach (var observer in parts.Observers)
            {
                observer.Committed();
            }
        }

        foreach (var (gateway, epoch) in letters.Values.Select(letter => (letter.Point.Gateway, letter.Record.Epoch)).Distinct())
        {
            parts.Receipts.Change(gateway, epoch, 0);
        }

        tally = (tally.Taken + stored.Count, tally.Refused + refused.Count, tally.Unreadable);
        letters = [];
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();

    // The next letters of a file, or of the next file; false where there are none.
    private bool ReadOn()
    {
        while (true)
        {
            if (file is null)
            {
                if (folder.Waiting is not [var next, ..])
                {
                    return false;
                }

                file = new LetterFile(next, parts.State.Read(transaction => new IngestTables(transaction).LettersDone(next)));
                tally = default;
            }

            // After a crash one may stand there twice.
            letters = file.Read(LettersMax, unreadable)
                .DistinctBy(letter => (letter.Record, SeriesKey.Of(letter.Point)))
                .ToDictionary<DeadLetter, Point>(letter => letter.Point, ReferenceEqualityComparer.Instance);
            if (unreadable.Count > 0)
            {
                folder.SetAside(file.Path, unreadable);
                tally.Unreadable += unreadable.Count;
                unreadable.Clear();
            }

            if (letters.Count > 0)
            {
                return true;
            }

            // Not kept: where it cannot be deleted it is opened anew, and found done.
            var ended = file;
            file = null;
            End(ended);
        }
    }

    private void End(LetterFile ended)
    {
        ended.Dispose();
        if (tally != default)
        {
            parts.Logger.LogInformation(
                "Dead letters {File}: {Taken} values stored, {Refused} refused again, {Unreadable} lines that are no letters set aside.",
                Path.GetFileName(ended.Path), tally.Taken, tally.Refused, tally.Unreadable);
        }

        File.Delete(ended.Path);
        Note(null);
        ForgetDone(ended.Path);
    }

    // A file that is gone is never read again under this name, so a failure here costs a row and nothing else.
    private void ForgetDone(string path) => parts.State.TryCommit(transaction => new IngestTables(transaction).ForgetLetters(path));

    // What was revised meanwhile must not come over its revision.
    private List<LetterPoint> Standing(SqliteTransaction transaction)
    {
        var tables = new IngestTables(transaction);
        var lives = letters.Values.Select(letter => (letter.Point.Gateway, letter.Record.Epoch)).Distinct()
            .ToDictionary(key => key, key => tables.Find(key.Gateway, key.Epoch)?.Id ?? long.MaxValue);
        return new RevisionBook(transaction).Standing(letters.Values.Select(
            letter => new LetterPoint(letter, lives[(letter.Point.Gateway, letter.Record.Epoch)])).ToList());
    }

    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            outcome = await NewestWrite.RunAsync(standing, points => parts.Store.WriteAsync(points, cancellationToken));
            parts.Letters.PutBack(LetterFolder.DayOf(file!.Path), outcome.Refused, point => letters[point].Record);
            return true;
        }
        catch (Exception e) when (e is StoreUnavailableException or IOException)
        {
            Note(e.Message);
            return false;
        }
    }

    // Whether observers were told of anything.
    private bool Settle(SqliteTransaction transaction, HashSet<Point> stored, IReadOnlyList<RefusedPoint> refused)
    {
        var tables = new IngestTables(transaction);
        var turnedAway = refused.Select(item => item.Point).ToHashSet<Point>(ReferenceEqualityComparer.Instance);
        List<Point> news = [];
        foreach (var (gateway, ofEpoch) in letters.Values
            .Where(letter => !turnedAway.Contains(letter.Point))
            .GroupBy(letter => (letter.Point.Gateway, letter.Record.Epoch))
            .Select(group => (group.Key.Gateway, group))
            .OrderBy(item => item.Gateway, StringComparer.Ordinal))
        {
            if (tables.Find(gateway, ofEpoch.Key.Epoch) is { } epoch)
            {
                news.AddRange(Settle(transaction, epoch, ofEpoch).Where(stored.Contains));
                tables.Close(epoch.Id);
                BookRevisions(transaction, epoch, ofEpoch.Where(letter => stored.Contains(letter.Point)));
            }
        }

        if (news.Count > 0)
        {
            foreach (var observer in parts.Observers)
            {
                observer.Stored(transaction, news);
            }
        }

        tables.NoteLetters(file!.Path, file.LinesRead);
        return news.Count > 0;
    }

    // Settles the records of which the store refuses nothing any more; answers with what was refused until now.
    private static List<Point> Settle(SqliteTransaction transaction, EpochRow epoch, IEnumerable<DeadLetter> ofEpoch)
    {
        var tables = new IngestTables(transaction);
        var refusals = new RefusalBook(transaction);
        List<Point> taken = [];
        foreach (var record in ofEpoch.GroupBy(letter => letter.Record.Sequence).OrderBy(record => record.Key))
        {
            // What is not in the book any more has come by another way and was shown then.
            List<Point> open =
                [.. record.Select(letter => letter.Point).Where(point => refusals.Take(epoch.Id, record.Key, point.Channel))];
            taken.AddRange(open);
            if (open.Count > 0 && !refusals.Holds(epoch.Id, record.Key))
            {
                tables.SettleStored(epoch.Id, new SequenceRange(record.Key, record.Key));
            }
        }

        return taken;
    }

    // A revision outdoes others once it is in the store.
    private void BookRevisions(SqliteTransaction transaction, EpochRow epoch, IEnumerable<DeadLetter> stored) =>
        new RevisionBook(transaction).Add(
            epoch,
            stored.Where(letter => letter.Point.IsRevision).Select(letter => new Revision(
                new RecordId(letter.Point.Epoch, letter.Point.Sequence),
                RevisionBook.Name(letter.Point.Device, letter.Point.Channel),
                letter.Record.Sequence)),
            parts.Time.GetUtcNow());

    // Once for each reason: it is tried every few seconds.
    private void Note(string? reason)
    {
        if (reason is not null && reason != trouble)
        {
            parts.Logger.LogWarning("Dead letters wait: {Reason}", reason);
        }

        trouble = reason;
    }

    private void TakeRest() => (rests, restingSince) = (true, parts.Time.GetTimestamp());

    private sealed record LetterPoint(DeadLetter Letter, long Life) : SentPoint(Letter.Point, Letter.Record, Life);
}
