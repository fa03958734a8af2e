using System.Data;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace PondSentinel.Backend.Storage;

/// <summary>Compiled statements of a connection, kept to be run again: to compile one takes longer than to run most.</summary>
/// <remarks>At most <see cref="CountMax"/>; where there are more all are let go, and those that are in use come again. A statement in
/// use is out of the cache, so that what reads rows may run the same one meanwhile. They end with their connection. Used by whoever
/// uses the connection: by one at a time.</remarks>
internal sealed class StatementCache
{
    /// <summary>Most statements of a connection: three times as many as the whole backend has.</summary>
    public const int CountMax = 512;

    private static readonly ConditionalWeakTable<SqliteConnection, StatementCache> Caches = [];

    private readonly Dictionary<string, SqliteCommand> idle = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HotStatement> hot = new(StringComparer.Ordinal);

    /// <summary>The cache of a connection.</summary>
    /// <param name="connection">The connection.</param>
    public static StatementCache Of(SqliteConnection connection) => Caches.GetValue(connection, static _ => new StatementCache());

    /// <summary>How many are kept and not in use.</summary>
    public int Idle => idle.Count;

    /// <summary>A statement that is run for each value that comes. It stays here, so that it ends with its connection: the file is
    /// held until the last statement has ended.</summary>
    /// <param name="connection">The connection of this cache.</param>
    /// <param name="sql">Its text; a constant.</param>
    public HotStatement Hot(SqliteConnection connection, string sql)
    {
        if (!hot.TryGetValue(sql, out var statement))
        {
            if (hot.Count == 0)
            {
                connection.StateChange += EndHot;
            }

            statement = new HotStatement(connection, sql);
            hot.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>Takes a statement out, with its parameters set.</summary>
    /// <param name="transaction">The transaction that it is to run in.</param>
    /// <param name="sql">Its text.</param>
    /// <param name="parameters">Its parameters.</param>
    public SqliteCommand Take(SqliteTransaction transaction, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!idle.Remove(sql, out var command))
        {
            command = transaction.Connection!.CreateCommand();
            command.CommandText = sql;
        }

        command.Transaction = transaction;
        if (!IsOf(command.Parameters, parameters))
        {
            command.Parameters.Clear();
            foreach (var (name, _) in parameters)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            }
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = parameters[i].Value ?? DBNull.Value;
        }

        return command;
    }

    /// <summary>Takes a statement back that has run to its end.</summary>
    /// <param name="command">The statement.</param>
    public void Return(SqliteCommand command)
    {
        if (idle.Count >= CountMax)
        {
            foreach (var old in idle.Values)
            {
                old.Dispose();
            }

            idle.Clear();
        }

        if (!idle.TryAdd(command.CommandText, command))
        {
            command.Dispose();
        }
    }

    private void EndHot(object sender, StateChangeEventArgs change)
    {
        if (change.CurrentState != ConnectionState.Closed)
        {
            return;
        }

        ((SqliteConnection)sender).StateChange -= EndHot;
        foreach (var statement in hot.Values)
        {
            statement.Dispose();
        }

        hot.Clear();
    }

    private static bool IsOf(SqliteParameterCollection known, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (known.Count != parameters.Length)
        {
            return false;
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            if (known[i].ParameterName != parameters[i].Name)
            {
                return false;
            }
        }

        return true;
    }
}
