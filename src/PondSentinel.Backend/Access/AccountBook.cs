using System.Globalization;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;

namespace PondSentinel.Backend.Access;

/// <summary>Who may sign in, and as what. The same for the command line and the page.</summary>
/// <remarks>It works on the state database beside a running backend, which goes by it with the next request. Every change is a line
/// of the audit, in one transaction with it. Thread-safe.</remarks>
/// <param name="open">Opens a connection of its own to the state database.</param>
/// <param name="passwords">What is kept of passwords.</param>
/// <param name="time">The clock.</param>
internal sealed class AccountBook(Func<SqliteConnection> open, Passwords passwords, TimeProvider time)
{
    /// <summary>Most accounts.</summary>
    public const int AccountsMax = 1_000;

    private const string Columns = "id, name, role, hash IS NOT NULL, made_ms";

    private static readonly string[] FilesOfDatabase = ["", "-wal", "-shm"];

    /// <summary>All accounts, by name.</summary>
    public IReadOnlyList<Account> All() => Read(static transaction =>
        transaction.Query($"SELECT {Columns} FROM access_account ORDER BY key", Read));

    /// <summary>The account of a name; null where there is none.</summary>
    /// <param name="name">The name, in any case.</param>
    public Account? Find(string name) => Account.FaultOf(name) is null ? Read(transaction => Find(transaction, name)) : null;

    /// <summary>Makes an account.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">What it may do.</param>
    /// <param name="password">Its password; null where only a proxy speaks for it.</param>
    /// <param name="by">Who makes it.</param>
    /// <returns>What is wrong with that; null where it is made.</returns>
    public string? Add(string name, Role role, string? password, Actor by)
    {
        if ((Account.FaultOf(name) ?? (password is null ? null : Passwords.FaultOf(name, password))) is { } fault)
        {
            return fault;
        }

        var hash = password is null ? null : passwords.HashOf(password);
        return Write(transaction =>
        {
            if (Find(transaction, name) is { } other)
            {
                return $"there is an account {other.Name} already; pond-backend account role or password changes it";
            }

            if (transaction.Query("SELECT count(*) FROM access_account", reader => reader.GetInt64(0))[0] >= AccountsMax)
            {
                return string.Create(CultureInfo.InvariantCulture, $"there are {AccountsMax} accounts, which is the most; remove those that nobody uses");
            }

            transaction.Execute(
                "INSERT INTO access_account(name, key, role, hash, made_ms) VALUES ($name, $key, $role, $hash, $now)",
                ("$name", name), ("$key", Account.KeyOf(name)), ("$role", (int)role), ("$hash", hash),
                ("$now", time.GetUtcNow().ToUnixTimeMilliseconds()));
            new AuditLog(transaction).Add(by, AuditAct.AccountAdded, $"{name}, {role.Word}{(hash is null ? ", by the proxy" : "")}", time.GetUtcNow());
            return null;
        });
    }

    /// <summary>Gives an account another role, from the next request on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">The role.</param>
    /// <param name="by">Who does it.</param>
    /// <returns>What is wrong with that; null where it is done.</returns>
    public string? SetRole(string name, Role role, Actor by) => Change(name, (transaction, account) =>
    {
        if (role != Role.Admin && IsLastAdmin(transaction, account))
        {
            return $"{account.Name} is the last admin: make another one first";
        }

        transaction.Execute("UPDATE access_account SET role = $role WHERE id = $id", ("$role", (int)role), ("$id", account.Id));
        new AuditLog(transaction).Add(by, AuditAct.RoleChanged, $"{account.Name}: {account.Role.Word} to {role.Word}", time.GetUtcNow());
        return null;
    });

    /// <summary>Gives an account another password, and ends its sessions.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="password">The password.</param>
    /// <param name="by">Who does it.</param>
    /// <returns>What is wrong with that; null where it is done.</returns>
    public string? SetPassword(string name, string password, Actor by)
    {
        if (Passwords.FaultOf(name, password) is { } fault)
        {
            return fault;
        }

        var hash = passwords.HashOf(password);
        return Change(name, (transaction, account) =>
        {
            transaction.Execute("UPDATE access_account SET hash = $hash WHERE id = $id", ("$hash", hash), ("$id", account.Id));
            transaction.Execute("DELETE FROM access_session WHERE account = $id", ("$id", account.Id));
            new AuditLog(transaction).Add(by, AuditAct.PasswordChanged, account.Name, time.GetUtcNow());
            return null;
        });
    }

    /// <summary>Ends all sessions of an account.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="by">Who does it.</param>
    /// <returns>What is wrong with that; null where it is done.</returns>
    public string? EndSessions(string name, Actor by) => Change(name, (transaction, account) =>
    {
        var ended = transaction.Execute("DELETE FROM access_session WHERE account = $id", ("$id", account.Id));
        new AuditLog(transaction).Add(by, AuditAct.SessionsEnded, string.Create(CultureInfo.InvariantCulture, $"{account.Name}, {ended}"), time.GetUtcNow());
        return null;
    });

    /// <summary>Removes an account, and with it its sessions.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="by">Who does it.</param>
    /// <returns>What is wrong with that; null where it is done.</returns>
    public string? Remove(string name, Actor by) => Change(name, (transaction, account) =>
    {
        if (IsLastAdmin(transaction, account))
        {
            return $"{account.Name} is the last admin: make another one first";
        }

        transaction.Execute("DELETE FROM access_account WHERE id = $id", ("$id", account.Id));
        new AuditLog(transaction).Add(by, AuditAct.AccountRemoved, $"{account.Name}, {account.Role.Word}", time.GetUtcNow());
        return null;
    });

    /// <summary>The account that a name and a password are of; null where they are of none. It takes as long whatever is wrong.</summary>
    /// <param name="name">The name.</param>
    /// <param name="password">The password.</param>
    public Account? Check(string name, string password)
    {
        var known = Account.FaultOf(name) is null
            ? Read(transaction => transaction.Query(
                $"SELECT {Columns}, hash FROM access_account WHERE key = $key AND hash IS NOT NULL",
                reader => (Account: Read(reader), Hash: reader.GetString(5)),
                ("$key", Account.KeyOf(name))).FirstOrDefault())
            : default;
        var (isRight, isOld) = passwords.Check(known.Hash, password);
        if (known.Account is null || !isRight)
        {
            return null;
        }

        if (isOld)
        {
            var hash = passwords.HashOf(password);
            Write(transaction =>
            {
                transaction.Execute(
                    "UPDATE access_account SET hash = $hash WHERE id = $id AND hash = $old",
                    ("$hash", hash), ("$id", known.Account.Id), ("$old", known.Hash));
                return null;
            });
        }

        return known.Account;
    }

    /// <summary>Whether somebody has signed in from an address before.</summary>
    /// <param name="name">Who, as they are written or not.</param>
    /// <param name="address">The address.</param>
    public bool KnowsFrom(string name, string address) => Read(transaction =>
        Account.FaultOf(name) is null && Find(transaction, name) is { } account && new AuditLog(transaction).KnowsFrom(account.Name, address));

    /// <summary>Writes a line of the audit that goes with no change.</summary>
    /// <param name="by">Who.</param>
    /// <param name="act">What.</param>
    /// <param name="note">Of what.</param>
    public void Note(Actor by, AuditAct act, string note) => Write(transaction =>
    {
        new AuditLog(transaction).Add(by, act, note, time.GetUtcNow());
        return null;
    });

    /// <summary>The newest lines of the audit, the newest first.</summary>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<AuditEntry> Audit(int most) => Read(transaction => new AuditLog(transaction).Newest(most));

    /// <summary>Makes the tables, and lets nobody but the user of the backend read the file that has them.</summary>
    public void Prepare()
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction();
        AccessSchema.Create(transaction);
        transaction.Commit();
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in FilesOfDatabase.Select(end => connection.DataSource + end).Where(File.Exists))
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }

    /// <summary>That there is no such account, in a sentence.</summary>
    /// <param name="name">The name.</param>
    public static string Unknown(string name) => $"there is no account {name}; pond-backend account list tells which there are";

    private static Account Read(SqliteDataReader reader) =>
        new(reader.GetInt64(0), reader.GetString(1), (Role)reader.GetByte(2), reader.GetBoolean(3), reader.Instant(4));

    private static Account? Find(SqliteTransaction transaction, string name) => transaction.Query(
        $"SELECT {Columns} FROM access_account WHERE key = $key", Read, ("$key", Account.KeyOf(name))).FirstOrDefault();

    private static bool IsLastAdmin(SqliteTransaction transaction, Account account) => account.Role == Role.Admin
        && transaction.Query(
            "SELECT count(*) FROM access_account WHERE role = $admin", reader => reader.GetInt64(0), ("$admin", (int)Role.Admin))[0] == 1;

    private string? Change(string name, Func<SqliteTransaction, Account, string?> change) => Write(transaction =>
        Account.FaultOf(name) is null && Find(transaction, name) is { } account
            ? change(transaction, account)
            : Unknown(name));

    private T Read<T>(Func<SqliteTransaction, T> work)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction(deferred: true);
        return work(transaction);
    }

    // What was refused changes nothing.
    private string? Write(Func<SqliteTransaction, string?> work)
    {
        using var connection = open();
        using var transaction = connection.BeginTransaction();
        var refusal = work(transaction);
        if (refusal is null)
        {
            transaction.Commit();
        }

        return refusal;
    }
}
