using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Access;

/// <summary>What somebody did that is kept for who asks later. The numbers are stored: never renumber, only add.</summary>
public enum AuditAct : byte
{
    /// <summary>Signed in.</summary>
    SignedIn = 0,

    /// <summary>Tried to sign in and was not let in.</summary>
    SignInRefused = 1,

    /// <summary>Signed out.</summary>
    SignedOut = 2,

    /// <summary>Made an account.</summary>
    AccountAdded = 3,

    /// <summary>Gave an account another role.</summary>
    RoleChanged = 4,

    /// <summary>Gave an account another password.</summary>
    PasswordChanged = 5,

    /// <summary>Removed an account.</summary>
    AccountRemoved = 6,

    /// <summary>Took an alarm on.</summary>
    Acknowledged = 7,

    /// <summary>Began a silence.</summary>
    Silenced = 8,

    /// <summary>Ended a silence early.</summary>
    Unsilenced = 9,

    /// <summary>Ended all sessions of an account.</summary>
    SessionsEnded = 10,

    /// <summary>Wanted to change accounts and did not know their own password.</summary>
    OwnPasswordRefused = 11,

    /// <summary>Handed over what was refused, to be taken in once more.</summary>
    Resubmitted = 12,

    /// <summary>Had a test sent to people.</summary>
    Tested = 13,

    /// <summary>Said that a gateway was taken down.</summary>
    GatewayRetired = 14,

    /// <summary>Took back that a gateway was taken down.</summary>
    GatewayReinstated = 15,

    /// <summary>Put a backup back.</summary>
    Restored = 16,

    /// <summary>Computed history anew.</summary>
    Recomputed = 17,
}

/// <summary>By which way somebody came. The numbers are stored: never renumber, only add.</summary>
public enum AccessWay : byte
{
    /// <summary>The command line of the machine.</summary>
    Command = 0,

    /// <summary>The page, from the machine itself and without signing in: the name is what they said.</summary>
    Machine = 1,

    /// <summary>The page, signed in.</summary>
    Session = 2,

    /// <summary>The page, by the word of the proxy before it.</summary>
    Proxy = 3,
}

/// <summary>Who does something, and from where.</summary>
/// <param name="Name">Who.</param>
/// <param name="Way">By which way.</param>
/// <param name="Address">From which address; null on the command line.</param>
public sealed record Actor(string Name, AccessWay Way, string? Address)
{
    /// <summary>Whoever has called this program: by the machine's name of them, and by that of before where they came by sudo. The
    /// backend's user is nobody's name.</summary>
    public static Actor OfCommand() => new(NameOf(Environment.GetEnvironmentVariable("SUDO_USER"), Environment.UserName), AccessWay.Command, null);

    /// <summary>What a caller is called.</summary>
    /// <param name="before">Who they were before sudo, as it says; null where they did not come by it.</param>
    /// <param name="user">Who they are.</param>
    internal static string NameOf(string? before, string user) =>
        before is { Length: > 0 and <= Account.NameMax } && before != user && !before.Any(char.IsControl) ? $"{before} as {user}" : user;
}

/// <summary>A line of the audit.</summary>
/// <param name="At">When.</param>
/// <param name="Act">What.</param>
/// <param name="By">Who.</param>
/// <param name="Note">Of what.</param>
public sealed record AuditEntry(DateTimeOffset At, AuditAct Act, Actor By, string Note);

/// <summary>Words for <see cref="AuditAct"/> and <see cref="AccessWay"/>. A contract: never rename, only add.</summary>
internal static class AuditWords
{
    extension(AuditAct act)
    {
        /// <summary>The word.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined act.</exception>
        public string Word => act switch
        {
            AuditAct.SignedIn => "signed in",
            AuditAct.SignInRefused => "sign-in refused",
            AuditAct.SignedOut => "signed out",
            AuditAct.AccountAdded => "account added",
            AuditAct.RoleChanged => "role changed",
            AuditAct.PasswordChanged => "password changed",
            AuditAct.AccountRemoved => "account removed",
            AuditAct.Acknowledged => "acknowledged",
            AuditAct.Silenced => "silenced",
            AuditAct.Unsilenced => "unsilenced",
            AuditAct.SessionsEnded => "sessions ended",
            AuditAct.OwnPasswordRefused => "own password refused",
            AuditAct.Resubmitted => "resubmitted",
            AuditAct.Tested => "tested",
            AuditAct.GatewayRetired => "gateway retired",
            AuditAct.GatewayReinstated => "gateway reinstated",
            AuditAct.Restored => "restored",
            AuditAct.Recomputed => "recomputed",
            _ => throw new ArgumentOutOfRangeException(nameof(act), act, "Not a defined act."),
        };
    }

    extension(AccessWay way)
    {
        /// <summary>The word.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined way.</exception>
        public string Word => way switch
        {
            AccessWay.Command => "command line",
            AccessWay.Machine => "this machine",
            AccessWay.Session => "signed in",
            AccessWay.Proxy => "proxy",
            _ => throw new ArgumentOutOfRangeException(nameof(way), way, "Not a defined way."),
        };
    }
}

/// <summary>The audit in the state database. It is bounded: the oldest lines go, each kind by itself, so that whoever knocks at the
/// door a million times pushes out no line of what was changed.</summary>
/// <param name="transaction">The transaction in which it is done, so that nothing is done without its line.</param>
internal sealed class AuditLog(SqliteTransaction transaction)
{
    /// <summary>Lines of changes that are kept.</summary>
    public const int ChangesMax = 20_000;

    /// <summary>Lines of who came and went that are kept.</summary>
    public const int VisitsMax = 5_000;

    /// <summary>Lines of who was not let in that are kept.</summary>
    public const int RefusalsMax = 2_000;

    private const int NoteMax = 600;
    private const int Changes = 0, Visits = 1, Refusals = 2;

    /// <summary>Writes a line.</summary>
    /// <param name="by">Who.</param>
    /// <param name="act">What.</param>
    /// <param name="note">Of what.</param>
    /// <param name="at">When.</param>
    public void Add(Actor by, AuditAct act, string note, DateTimeOffset at)
    {
        var (kind, most) = act switch
        {
            AuditAct.SignInRefused or AuditAct.OwnPasswordRefused => (Refusals, RefusalsMax),
            AuditAct.SignedIn or AuditAct.SignedOut => (Visits, VisitsMax),
            _ => (Changes, ChangesMax),
        };
        transaction.Execute(
            """
            INSERT INTO access_audit(at_ms, act, kind, who, way, address, note)
            VALUES ($at, $act, $kind, $who, $way, $address, $note)
            """,
            ("$at", at.ToUnixTimeMilliseconds()), ("$act", (int)act), ("$kind", kind), ("$who", by.Name), ("$way", (int)by.Way),
            ("$address", by.Address), ("$note", note.Length > NoteMax ? note[..NoteMax] : note));
        transaction.Execute(
            """
            DELETE FROM access_audit WHERE kind = $kind AND number <= (
              SELECT number FROM access_audit WHERE kind = $kind ORDER BY number DESC LIMIT 1 OFFSET $most)
            """,
            ("$kind", kind), ("$most", most));
    }

    /// <summary>The newest lines, the newest first.</summary>
    /// <param name="most">How many at most.</param>
    public List<AuditEntry> Newest(int most) => transaction.Query(
        "SELECT at_ms, act, who, way, address, note FROM access_audit ORDER BY number DESC LIMIT $most",
        reader => new AuditEntry(
            reader.Instant(0), (AuditAct)reader.GetByte(1),
            new Actor(reader.GetString(2), (AccessWay)reader.GetByte(3), reader.IsDBNull(4) ? null : reader.GetString(4)), reader.GetString(5)),
        ("$most", most));

    /// <summary>Whether somebody has signed in from an address before.</summary>
    /// <param name="name">Who.</param>
    /// <param name="address">The address.</param>
    public bool KnowsFrom(string name, string address) => transaction.Query(
        string.Create(CultureInfo.InvariantCulture, $"SELECT 1 FROM access_audit WHERE act = {(int)AuditAct.SignedIn} AND who = $who AND address = $address LIMIT 1"),
        _ => true, ("$who", name), ("$address", address)).Count > 0;
}
