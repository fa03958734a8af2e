using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Tests.Backend.Storage;

public sealed class StateDatabaseTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 7, 1, 6, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-state-").FullName;
    private readonly FakeTimeProvider time = new(Start);

    private string File => Path.Combine(folder, "below", "state.db");

    [Fact]
    public void Every_connection_has_the_pragmas_that_durability_needs()
    {
        var database = new StateDatabase(File, time);
        for (var count = 0; count < 2; count++)
        {
            using var connection = database.Connect();
            Assert.Equal(
                ["wal", "2", "5000", "1"],
                new[] { "journal_mode", "synchronous", "busy_timeout", "foreign_keys" }
                    .Select(pragma => Scalar(connection, $"PRAGMA {pragma}")));
        }
    }

    [Fact]
    public void Time_of_creation_stays_through_restarts()
    {
        Assert.Equal(Start.ToUnixTimeMilliseconds(), new StateDatabase(File, time).CreatedMs);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(Start.ToUnixTimeMilliseconds(), new StateDatabase(File, time).CreatedMs);
    }

    [Fact]
    public void Database_of_another_program_is_left_alone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        using (var other = new SqliteConnection($"Data Source={File};Pooling=False"))
        {
            other.Open();
            Scalar(other, "CREATE TABLE theirs(x)");
        }

        var error = Assert.Throws<IOException>(() => new StateDatabase(File, time).Connect());
        Assert.Equal($"{File} is a database of another program. Name another folder, or move the file away.", error.Message);
    }

    [Fact]
    public void Database_of_a_later_version_is_left_alone()
    {
        using (var connection = new StateDatabase(File, time).Connect())
        {
            Scalar(connection, "PRAGMA user_version = 2");
        }

        var error = Assert.Throws<IOException>(() => new StateDatabase(File, time).Connect());
        Assert.StartsWith($"{File} has form 2; this program reads form 1.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_no_database_is_one_clear_line()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, new string('x', 4096));
        var error = Assert.Throws<IOException>(() => new StateDatabase(File, time).Connect());
        Assert.Equal($"{File} is no SQLite database. Name another folder, or move the file away.", error.Message);
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_told_by_its_name()
    {
        System.IO.File.WriteAllText(Path.Combine(folder, "below"), "a file in the way");
        var error = Assert.Throws<IOException>(() => new StateDatabase(File, time).Connect());
        Assert.Contains("below", error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }
}
