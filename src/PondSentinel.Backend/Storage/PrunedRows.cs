using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

/// <summary>Rows of a table that may go: found by reading alone, however many must be looked at for that, and deleted one by one by their key,
/// where they still may. So nobody who writes waits for a look at what stays.</summary>
/// <param name="Table">The table. Its rows are called <c>x</c>.</param>
/// <param name="Key">The column that tells its rows apart; two with a comma between.</param>
/// <param name="Where">Which may go.</param>
internal sealed record PrunedRows(string Table, string Key, string Where)
{
    private const char Comma = ',';

    private string[] Columns => Key.Split(Comma, StringSplitOptions.TrimEntries);

    /// <summary>Finds them.</summary>
    /// <param name="transaction">A transaction that only reads.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="values">What <see cref="Where"/> names.</param>
    /// <returns>Their keys, a value for each column.</returns>
    public List<object[]> Find(SqliteTransaction transaction, int most, ReadOnlySpan<(string, object?)> values) => transaction.Query(
        $"SELECT {string.Join(Comma, Columns.Select(column => $"x.{column}"))} FROM {Table} x WHERE {Where} LIMIT $most",
        reader =>
        {
            var key = new object[reader.FieldCount];
            reader.GetValues(key);
            return key;
        },
        [.. values, ("$most", most)]);

    /// <summary>Deletes one, where it still may go.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">Its key.</param>
    /// <param name="values">What <see cref="Where"/> names.</param>
    /// <returns>How many rows: 1 or 0.</returns>
    public int Delete(SqliteTransaction transaction, object[] key, ReadOnlySpan<(string, object?)> values) => transaction.Execute(
        $"DELETE FROM {Table} AS x WHERE {string.Join(" AND ", Columns.Select((column, i) => $"x.{column} = $key{i}"))} AND {Where}",
        [.. values, .. key.Select((value, i) => ($"$key{i}", (object?)value))]);
}
