using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Storage;
using PondSentinel.Tests.Backend.Alerting;

namespace PondSentinel.Tests.Backend.Access;

public sealed class AccountBookTests : IDisposable
{
    private const string Password = "correct horse battery";
    private static readonly Actor Root = new("root", AccessWay.Command, null);

    private readonly string folder = Directory.CreateTempSubdirectory("pond-accounts-").FullName;
    private readonly FakeTimeProvider time = new(AlertBench.Start);
    private readonly AccountBook book;

    public AccountBookTests()
    {
        book = Book(iterations: 1_000);
        book.Prepare();
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Account_opens_with_its_password_whatever_the_case_of_its_name_and_with_no_other()
    {
        Assert.Null(book.Add("Li.Na", Role.Operator, "caf\u00e9 au lait at six", Root));

        Assert.Equal(("Li.Na", Role.Operator), (book.Check("li.na", "caf\u00e9 au lait at six")?.Name, book.Check("LI.NA", "caf\u00e9 au lait at six")!.Role));
        Assert.Null(book.Check("li.na", "cafe au lait at six"));
        Assert.Null(book.Check("li.na", ""));
        Assert.Null(book.Check("li.na", new string('a', 5_000)));
        Assert.Null(book.Check("li.na", "\ud800 half a character"));
        Assert.Null(book.Check("nobody", "caf\u00e9 au lait at six"));
        Assert.Null(book.Check("", ""));
        Assert.Null(book.Check("\u0000\ud800", "caf\u00e9 au lait at six"));
        Assert.Equal("there is an account Li.Na already; pond-backend account role or password changes it", book.Add("LI.na", Role.Viewer, Password, Root));
    }

    [Fact]
    public void Password_is_kept_as_a_hash_that_knows_its_rounds_and_is_made_anew_where_more_are_wanted()
    {
        Assert.Null(book.Add("li", Role.Viewer, Password, Root));
        var before = Hash();
        Assert.DoesNotContain("horse", before, StringComparison.Ordinal);
        Assert.Equal(1_000, RoundsOf(before));

        Assert.NotNull(Book(iterations: 2_000).Check("li", Password));

        Assert.Equal(2_000, RoundsOf(Hash()));
        Assert.NotNull(book.Check("li", Password));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("eleven char")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("password-of-li.na")]
    [InlineData("with a\nline break in it")]
    public void Password_that_is_guessed_at_once_is_refused_and_not_repeated(string password)
    {
        var refusal = book.Add("li.na", Role.Admin, password, Root);

        Assert.NotNull(refusal);
        Assert.DoesNotContain(password, refusal, StringComparison.Ordinal);
        Assert.Empty(book.All());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-li")]
    [InlineData("li na")]
    [InlineData("li\u202ena")]
    [InlineData("<b>li</b>")]
    public void Name_that_is_none_is_refused(string name) => Assert.StartsWith("a name has", book.Add(name, Role.Admin, Password, Root), StringComparison.Ordinal);

    [Fact]
    public void Last_admin_stays_and_is_one()
    {
        Assert.Null(book.Add("李娜", Role.Admin, Password, Root));
        Assert.Null(book.Add("wang", Role.Viewer, null, Root));

        Assert.Equal("李娜 is the last admin: make another one first", book.Remove("李娜", Root));
        Assert.Equal("李娜 is the last admin: make another one first", book.SetRole("李娜", Role.Operator, Root));
        Assert.Null(book.SetRole("李娜", Role.Admin, Root));
        Assert.Null(book.SetRole("wang", Role.Admin, Root));
        Assert.Null(book.Remove("李娜", Root));
        Assert.Equal(["wang"], book.All().Select(account => account.Name));
        Assert.StartsWith("there is no account 李娜", book.Remove("李娜", Root), StringComparison.Ordinal);
    }

    [Fact]
    public void Account_without_a_password_opens_with_none()
    {
        Assert.Null(book.Add("wang", Role.Viewer, null, Root));

        Assert.Null(book.Check("wang", ""));
        Assert.Null(book.Check("wang", "somebody who is not there"));
        Assert.False(book.Find("wang")!.HasPassword);
    }

    [Fact]
    public void Each_change_is_a_line_of_the_audit_and_what_was_refused_is_none()
    {
        book.Add("li", Role.Admin, Password, Root);
        book.Add("li", Role.Admin, Password, Root);
        book.SetRole("wang", Role.Admin, Root);
        book.Add("wang", Role.Viewer, null, Root);
        book.SetRole("wang", Role.Operator, Root);
        book.SetPassword("wang", Password, Root);
        book.Remove("wang", Root);

        Assert.Equal(
            ["account removed: wang, operator", "password changed: wang", "role changed: wang: viewer to operator", "account added: wang, viewer, by the proxy", "account added: li, admin"],
            book.Audit(10).Select(entry => $"{entry.Act.Word}: {entry.Note}"));
        Assert.All(book.Audit(10), entry => Assert.Equal((Root, AlertBench.Start), (entry.By, entry.At)));
    }

    [Fact]
    public void Audit_is_bounded_and_whoever_knocks_pushes_out_no_change()
    {
        book.Add("li", Role.Admin, Password, Root);
        using var connection = Connect();
        using (var transaction = connection.BeginTransaction())
        {
            for (var i = 0; i < AuditLog.RefusalsMax + 10; i++)
            {
                new AuditLog(transaction).Add(Root, AuditAct.SignInRefused, new string('x', 5_000), AlertBench.Start);
            }

            transaction.Commit();
        }

        var all = book.Audit(10_000);
        Assert.Equal(AuditLog.RefusalsMax, all.Count(entry => entry.Act == AuditAct.SignInRefused));
        Assert.Equal(AuditAct.AccountAdded, all[^1].Act);
        Assert.All(all, entry => Assert.InRange(entry.Note.Length, 0, 600));
    }

    [Fact]
    public void Nobody_but_the_user_of_the_backend_reads_the_hashes()
    {
        Assert.All(
            Directory.GetFiles(folder).Where(file => !OperatingSystem.IsWindows() && file.Contains("state.db", StringComparison.Ordinal)),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(file)));
    }

    [Fact]
    public void Whatever_is_wrong_costs_the_same_rounds()
    {
        Assert.Null(Book(iterations: 600).Add("old", Role.Viewer, Password, Root));
        Assert.Null(book.Add("li", Role.Viewer, Password, Root));
        Assert.Null(book.Add("wang", Role.Viewer, null, Root));
        var counting = new CountingHasher();
        var counted = new AccountBook(Connect, new Passwords(1_000, counting), time);

        List<int> rounds = [];
        foreach (var (name, password) in new[]
        {
            ("li", "not the password"), ("nobody", "not the password"), ("wang", "not the password"), ("old", "not the password"),
            ("<script>", "not the password"), ("", ""), ("li", new string('a', 5_000)), ("nobody", "\ud800 half a character"),
        })
        {
            counting.Rounds = 0;
            Assert.Null(counted.Check(name, password));
            rounds.Add(counting.Rounds);
        }

        Assert.Equal(Enumerable.Repeat(1_000, rounds.Count), rounds);
    }

    [Theory]
    [InlineData(null, "li", "li")]
    [InlineData("", "li", "li")]
    [InlineData("li", "li", "li")]
    [InlineData("li", "pondsentinel", "li as pondsentinel")]
    [InlineData("li\nroot", "pondsentinel", "pondsentinel")]
    public void Caller_is_named_as_the_machine_knows_them(string? before, string user, string name) => Assert.Equal(name, Actor.NameOf(before, user));

    // The framework's format 3: a marker, the pseudo-random function, the rounds.
    private static int RoundsOf(string hash)
    {
        var bytes = Convert.FromBase64String(hash);
        Assert.Equal((1, 2), (bytes[0], System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(1)))); // HMAC-SHA512
        return System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(5));
    }

    private string Hash()
    {
        using var connection = Connect();
        using var transaction = connection.BeginTransaction();
        return transaction.Query("SELECT hash FROM access_account", reader => reader.GetString(0)).Single();
    }

    /// <summary>The framework's, which says how much it had to do.</summary>
    private sealed class CountingHasher : IPasswordHasher<object>
    {
        private readonly PasswordHasher<object> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 1_000 }));

        public int Rounds { get; set; }

        public string HashPassword(object user, string password)
        {
            Rounds += 1_000;
            return hasher.HashPassword(user, password);
        }

        public PasswordVerificationResult VerifyHashedPassword(object user, string hashedPassword, string providedPassword)
        {
            Rounds += RoundsOf(hashedPassword);
            return hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
        }
    }

    private AccountBook Book(int iterations) => new(Connect, new Passwords(iterations), time);

    private Microsoft.Data.Sqlite.SqliteConnection Connect() => new StateDatabase(Path.Combine(folder, "state.db"), time).Connect();
}
