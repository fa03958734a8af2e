using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Wire;

namespace PondSentinel.Backend.Ingest;

/// <summary>Which channels of a record the store has refused and not taken since. The record counts as refused while it has one;
/// and what is taken out of the book was not shown to observers before.</summary>
/// <param name="transaction">The transaction.</param>
internal sealed class RefusalBook(SqliteTransaction transaction)
{
    /// <summary>Makes the book. Where there was none, an earlier version has refused what now lies in the folder: all that is
    /// written into the book, wherever in the files it stands.</summary>
    /// <param name="folder">The folder of dead letters.</param>
    /// <param name="logger">Told of a file that cannot be read.</param>
    public void Begin(LetterFolder folder, ILogger logger)
    {
        if (transaction.Query("SELECT 1 FROM sqlite_schema WHERE name = 'ingest_refused_point'", _ => true).Count > 0)
        {
            return;
        }

        transaction.Execute(
            """
            CREATE TABLE ingest_refused_point(
              epoch INTEGER NOT NULL REFERENCES ingest_epoch(id), number INTEGER NOT NULL, channel TEXT NOT NULL,
              PRIMARY KEY(epoch, number, channel)) STRICT, WITHOUT ROWID
            """);
        foreach (var path in folder.Days.Concat(folder.Waiting))
        {
            try
            {
                Read(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.LogWarning(
                    "Dead letters: {Reason}. Their records stay counted as refused, also when the store takes them.", e.Message.TrimEnd('.'));
            }
        }
    }

    /// <summary>Enters channels of records.</summary>
    /// <param name="epoch">The key of their epoch.</param>
    /// <param name="channels">Number of the record, and channel.</param>
    public void Add(long epoch, IEnumerable<(long Number, string Channel)> channels)
    {
        foreach (var (number, channel) in channels)
        {
            transaction.Execute(
                "INSERT OR IGNORE INTO ingest_refused_point VALUES ($epoch, $number, $channel)",
                ("$epoch", epoch), ("$number", number), ("$channel", channel));
        }
    }

    /// <summary>Takes a channel of a record out.</summary>
    /// <returns>Whether it was in.</returns>
    public bool Take(long epoch, long number, string channel) => transaction.Execute(
        "DELETE FROM ingest_refused_point WHERE epoch = $epoch AND number = $number AND channel = $channel",
        ("$epoch", epoch), ("$number", number), ("$channel", channel)) > 0;

    /// <summary>Whether a channel of a record is in.</summary>
    public bool Holds(long epoch, long number) => transaction.Query(
        "SELECT 1 FROM ingest_refused_point WHERE epoch = $epoch AND number = $number LIMIT 1", _ => true,
        ("$epoch", epoch), ("$number", number)).Count > 0;

    private void Read(string path)
    {
        var tables = new IngestTables(transaction);
        using var file = new LetterFile(path, tables.LettersDone(path));
        while (file.Read(1_000, []) is { Count: > 0 } letters)
        {
            letters.ForEach(letter => Add(tables, letter));
        }
    }

    private void Add(IngestTables tables, DeadLetter letter)
    {
        var number = new SequenceRange(letter.Record.Sequence, letter.Record.Sequence);
        if (tables.Find(letter.Point.Gateway, letter.Record.Epoch) is { } epoch
            && tables.Exceptions(epoch.Id, number).Exists(item => item.Standing.IsRefused))
        {
            Add(epoch.Id, [(number.First, letter.Point.Channel)]);
        }
    }
}
