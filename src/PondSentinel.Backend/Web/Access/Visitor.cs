using PondSentinel.Backend.Access;

namespace PondSentinel.Backend.Web.Access;

/// <summary>Who may come to a path. Whatever says nothing of it is for those who may read.</summary>
internal enum Entry
{
    /// <summary>Everybody, whatever way they came.</summary>
    Public,

    /// <summary>Everybody who comes by a way on which a password may be told.</summary>
    Anyone,

    /// <summary>Who may read.</summary>
    Viewer,

    /// <summary>Who may take alarms on.</summary>
    Operator,

    /// <summary>Who may change accounts; whoever sits at the machine and has not signed in is none of them.</summary>
    Admin,

    /// <summary>Programs of this machine, or with the token of the configuration.</summary>
    Machine,
}

/// <summary>Who asks.</summary>
/// <param name="Name">The account's name; null for whoever sits at the machine and has not signed in.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Way">By which way they came.</param>
/// <param name="Address">From where.</param>
/// <param name="Session">What their browser holds; null where they are not signed in here.</param>
internal sealed record Visitor(string? Name, Role Role, AccessWay Way, string Address, string? Session = null)
{
    /// <summary>Who does something.</summary>
    /// <param name="said">By what name they say it, which counts for those alone who have not signed in.</param>
    public Actor Acting(string? said) => new(Name ?? said ?? "", Way, Address);
}

/// <summary>How a request has come.</summary>
/// <param name="Address">From where.</param>
/// <param name="IsSecure">Whether it came by TLS all the way to us or to our proxy.</param>
/// <param name="IsMachine">Whether it comes from this machine itself, and from nobody behind it.</param>
/// <param name="Visitor">Who asks; null where nobody knows.</param>
/// <param name="Refusal">Why nobody who comes like this is let in, in a sentence; null where they may be.</param>
internal sealed record Arrival(string Address, bool IsSecure, bool IsMachine, Visitor? Visitor, string? Refusal);
