using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace PondSentinel.Backend.Web.Access;

/// <summary>Body of <c>POST /api/accounts/add</c>.</summary>
/// <param name="Name">The new account's name.</param>
/// <param name="Role"><c>viewer</c>, <c>operator</c> or <c>admin</c>.</param>
/// <param name="OwnPassword">The password of whoever asks, as with all others.</param>
/// <param name="Password">The new account's; left out where only the proxy speaks for it.</param>
internal sealed record AddAccountRequest(string Name, string Role, string OwnPassword, string? Password = null);

/// <summary>Body of <c>POST /api/accounts/role</c>.</summary>
internal sealed record SetRoleRequest(string Name, string Role, string OwnPassword);

/// <summary>Body of <c>POST /api/accounts/password</c>.</summary>
internal sealed record SetPasswordRequest(string Name, string Password, string OwnPassword);

/// <summary>Body of <c>POST /api/accounts/end-sessions</c> and <c>remove</c>.</summary>
internal sealed record NamedAccountRequest(string Name, string OwnPassword);

/// <summary>Body of <c>POST /api/me/password</c>.</summary>
/// <param name="Password">The new one.</param>
/// <param name="OwnPassword">The one of before.</param>
internal sealed record OwnPasswordRequest(string Password, string OwnPassword);

/// <summary>What <c>GET /api/accounts</c> gives.</summary>
/// <param name="Accounts">All, by name.</param>
internal sealed record AccountsAnswer(IReadOnlyList<AccountView> Accounts)
{
    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AccountJson.Lines.AccountsAnswer);
}

/// <summary>An account, with the sessions that it has open and when one of them was used last; null: it has none.</summary>
internal sealed record AccountView(string Name, string Role, bool HasPassword, long MadeMs, int Sessions, long? SeenMs);

/// <summary>What <c>GET /api/audit</c> gives.</summary>
/// <param name="Entries">The newest first.</param>
internal sealed record AuditAnswer(IReadOnlyList<AuditEntryView> Entries)
{
    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AccountJson.Lines.AuditAnswer);
}

/// <summary>Something that was done; the words are those of <c>pond-backend audit</c>.</summary>
internal sealed record AuditEntryView(long AtMs, string Act, string By, string Way, string? Address, string Note);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AddAccountRequest))]
[JsonSerializable(typeof(SetRoleRequest))]
[JsonSerializable(typeof(SetPasswordRequest))]
[JsonSerializable(typeof(NamedAccountRequest))]
[JsonSerializable(typeof(OwnPasswordRequest))]
[JsonSerializable(typeof(AccountsAnswer))]
[JsonSerializable(typeof(AuditAnswer))]
internal sealed partial class AccountJson : JsonSerializerContext
{
    public static AccountJson Lines =>
        field ??= new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
