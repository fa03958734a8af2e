using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Access;

public sealed class SessionBookTests : IDisposable
{
    private static readonly Actor Root = new("root", AccessWay.Command, null);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-sessions-").FullName;
    private readonly FakeTimeProvider time = new(AlertBench.Start);
    private readonly AccountBook accounts;
    private readonly SessionBook book;
    private readonly Account li;

    public SessionBookTests()
    {
        accounts = new AccountBook(Connect, new Passwords(1_000), time);
        accounts.Prepare();
        Assert.Null(accounts.Add("li", Role.Operator, "correct horse battery", Root));
        li = accounts.Find("li")!;
        book = new SessionBook(Connect, TimeSpan.FromHours(12), TimeSpan.FromDays(7), time);
    }

    public void Dispose()
    {
        book.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void With_one_more_than_the_most_the_oldest_ends()
    {
        var tokens = Begin(SessionBook.OfAccountMax + 1);

        Assert.Null(book.Find(tokens[0]));
        Assert.All(tokens.Skip(1), token => Assert.NotNull(book.Find(token)));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(24 * 60)]
    public void Sessions_that_a_clock_made_that_was_ahead_push_none_out(int minutes)
    {
        time.AdjustTime(AlertBench.Start.AddMinutes(minutes));
        Begin(SessionBook.OfAccountMax);
        time.AdjustTime(AlertBench.Start);

        var tokens = Begin(SessionBook.OfAccountMax);

        Assert.All(tokens, token => Assert.Equal("li", book.Find(token)?.Name));
    }

    [Fact]
    public void All_sessions_of_an_account_end_at_once_and_nobody_elses()
    {
        Assert.Null(accounts.Add("wang", Role.Viewer, null, Root));
        var tokens = Begin(3);
        var other = book.Begin(accounts.Find("wang")!, "::1");

        Assert.Null(accounts.EndSessions("LI", Root));

        Assert.All(tokens, token => Assert.Null(book.Find(token)));
        Assert.NotNull(book.Find(other));
        Assert.Equal((AuditAct.SessionsEnded, "li, 3"), (accounts.Audit(1)[0].Act, accounts.Audit(1)[0].Note));
        Assert.StartsWith("there is no account zhao", accounts.EndSessions("zhao", Root), StringComparison.Ordinal);
    }

    private List<string> Begin(int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        time.Advance(TimeSpan.FromSeconds(1));
        return book.Begin(li, "::1");
    })];

    private Microsoft.Data.Sqlite.SqliteConnection Connect() => new StateDatabase(Path.Combine(folder, "state.db"), time).Connect();
}
