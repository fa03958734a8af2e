namespace PondSentinel.Backend.Access;

/// <summary>What somebody may do; each may all that those before it may. The numbers are stored: never renumber, only add.</summary>
public enum Role : byte
{
    /// <summary>Reads.</summary>
    Viewer = 1,

    /// <summary>Takes alarms on, silences, and gives in once more what was refused.</summary>
    Operator = 2,

    /// <summary>Changes accounts too; the last of them cannot be removed.</summary>
    Admin = 3,
}

/// <summary>Words for <see cref="Role"/>. A contract: never rename, only add.</summary>
internal static class Roles
{
    /// <summary>The roles by their words.</summary>
    public static IReadOnlyDictionary<string, Role> ByWord { get; } = new Dictionary<string, Role>(StringComparer.Ordinal)
    {
        ["viewer"] = Role.Viewer,
        ["operator"] = Role.Operator,
        ["admin"] = Role.Admin,
    };

    extension(Role role)
    {
        /// <summary>The word on the command line and the page.</summary>
        /// <exception cref="ArgumentOutOfRangeException">Not a defined role.</exception>
        public string Word => role switch
        {
            Role.Viewer => "viewer",
            Role.Operator => "operator",
            Role.Admin => "admin",
            _ => throw new ArgumentOutOfRangeException(nameof(role), role, "Not a defined role."),
        };
    }
}
