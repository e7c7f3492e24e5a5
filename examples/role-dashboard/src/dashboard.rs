//! The dashboard of each role. The server omits what a role may not view: hiding content in the
//! browser would not protect it.

use okta_tower::Verified;
use scaffold::page::Text;

use crate::role::Role;

/// The orders of the workshop: item, customer, price.
const ORDERS: [(&str, &str, u32); 3] = [
    ("Anvil, 60 kg", "Forge & Daughters", 840),
    ("Bellows", "Old Mill", 210),
    ("Tongs, a dozen", "Harbour Works", 96),
];

pub(crate) fn main(caller: &Verified, role: Role) -> String {
    let name = caller.name().unwrap_or(caller.subject());
    let tag = match role {
        Role::Admin => "tag good",
        Role::Viewer => "tag",
        Role::NoAccess => "tag warn",
    };
    let panel = match role {
        Role::Admin => format!("{}{}", orders(true), takings()),
        Role::Viewer => orders(false),
        Role::NoAccess => no_access().to_owned(),
    };
    format!(
        r#"<div class="person">
<span class="face" aria-hidden="true">{initial}</span>
<div><h1>{name}</h1><p class="soft">{email}</p></div>
</div>
{panel}
<section class="card" aria-labelledby="profile">
<h2 id="profile">Your profile at Okta</h2>
<dl>
<div><dt>Role</dt><dd><span class="{tag}">{role}</span></dd></div>
<div><dt>Username</dt><dd>{user_name}</dd></div>
<div><dt>Groups</dt><dd>{groups}</dd></div>
<div><dt>User ID</dt><dd><code>{user_id}</code></dd></div>
</dl>
</section>"#,
        initial = Text(&name.chars().take(1).collect::<String>()),
        name = Text(name),
        email = Text(caller.email().unwrap_or("no email address")),
        role = role.name(),
        user_name = Text(user_name(caller)),
        groups = groups(caller),
        user_id = Text(caller.user_id().unwrap_or("–")),
    )
}

fn user_name(caller: &Verified) -> &str {
    let claim = caller.claim("preferred_username");
    claim.and_then(|name| name.as_str()).unwrap_or("–")
}

fn groups(caller: &Verified) -> String {
    let items = caller.groups().iter();
    let items = items.map(|name| format!("<li class=\"tag\">{}</li>", Text(name)));
    format!("<ul class=\"tags\">{}</ul>", items.collect::<String>())
}

/// Returns the orders. Only the role that sets prices sees them.
fn orders(with_prices: bool) -> String {
    let price = |price: u32| {
        if with_prices {
            format!("<td>{price} €</td>")
        } else {
            String::new()
        }
    };
    let rows = ORDERS.map(|(what, customer, cost)| {
        let (what, customer) = (Text(what), Text(customer));
        format!(
            "<tr><th scope=\"row\">{what}</th><td>{customer}</td>{}</tr>\n",
            price(cost)
        )
    });
    let head = if with_prices {
        "<th scope=\"col\">Price</th>"
    } else {
        ""
    };
    format!(
        r#"<section class="card" aria-labelledby="orders">
<h2 id="orders">Orders</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Item</th><th scope="col">Customer</th>{head}</tr></thead>
<tbody>
{}</tbody>
</table></div>
</section>
"#,
        rows.concat()
    )
}

fn takings() -> String {
    let sum: u32 = ORDERS.iter().map(|(_, _, cost)| cost).sum();
    format!(
        r#"<section class="card" aria-labelledby="takings">
<h2 id="takings">Takings</h2>
<p>{sum} € for all orders.</p>
</section>
"#
    )
}

fn no_access() -> &'static str {
    r#"<section class="card" aria-labelledby="access">
<h2 id="access">No access</h2>
<p>You are signed in, but you have no role here.</p>
<p class="soft">The groups <code>admin</code> and <code>viewer</code> have access. Ask your
administrator for access.</p>
</section>
"#
}
